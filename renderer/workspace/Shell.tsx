import { useEffect, useRef } from 'react';
import { Board } from '#renderer/board/Board.tsx';
import { Chart } from '#renderer/chart/Chart.tsx';
import { Conflicts } from '#renderer/charting/Conflicts.tsx';
import { DraftsBanner } from '#renderer/charting/Drafts.tsx';
import { Rejections } from '#renderer/charting/Rejections.tsx';
import { PanelBoundary } from '#renderer/design/PanelBoundary.tsx';
import { useTheme } from '#renderer/design/useTheme.ts';
import { Search } from '#renderer/search/Search.tsx';
import { Status } from '#renderer/status/Status.tsx';
import { AppBar } from './AppBar.tsx';
import { useWorkspace } from './context.ts';
import { Notices } from './Notices.tsx';
import type { View } from './state.ts';

/** App bar, the one screen, and below it what must be said now. */
export function Shell() {
  const { view, theme } = useWorkspace().state;
  useTheme(theme);
  const key = view.screen === 'chart' ? `chart ${view.patientId}` : view.screen;
  return (
    <div className="workspace">
      <AppBar />
      <Main key={key} screenKey={key}>
        <PanelBoundary>
          <Screen view={view} />
        </PanelBoundary>
      </Main>
      {/* Below the screen: what comes and goes must not move a button from under a finger. */}
      <PanelBoundary>
        <DraftsBanner />
      </PanelBoundary>
      <Notices />
    </div>
  );
}

/** The landmark of the screen. It takes focus when a person goes to it, so that keyboard and reader start there. */
function Main({ screenKey, children }: { screenKey: string; children: React.ReactNode }) {
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    const focused = document.activeElement;
    // A field of the screen that asked for the focus itself keeps it.
    if (focused === document.body || main.current?.contains(focused) === true) return;
    main.current?.focus({ preventScroll: true });
  }, [screenKey]);
  return (
    <main ref={main} tabIndex={-1} className="workspaceMain">
      {children}
    </main>
  );
}

function Screen({ view }: { view: View }) {
  switch (view.screen) {
    case 'board':
      return <Board />;
    case 'chart':
      return <Chart patientId={view.patientId} start={view.start} />;
    case 'search':
      return <Search />;
    case 'status':
      return <Status />;
    case 'conflicts':
      return <Conflicts />;
    case 'rejections':
      return <Rejections />;
  }
}
