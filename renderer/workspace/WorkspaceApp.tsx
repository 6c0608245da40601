import { useEffect, useMemo, useReducer, useRef, type RefObject } from 'react';
import { I18nProvider } from 'react-aria-components';
import { flushSync } from 'react-dom';
import type { WorkspaceBridge } from '#core/contracts/ipc.ts';
import { TextProvider, type Texts } from '#renderer/i18n/text.tsx';
import { afterPaint } from '#renderer/design/afterPaint.ts';
import { WorkspaceContext, type Workspace } from './context.ts';
import { Shell } from './Shell.tsx';
import { stepWorkspace, type WorkspaceEvent } from './state.ts';
import { warmBegin } from './warmBoard.ts';

/** How often the unseen board is drawn: the second time runs what the first one compiled, the last is painted, too. */
const warmRounds = 3;
/** A page that no frame is asked of, in a window that is hidden, is ready without one. */
const warmPaintDeadlineMs = 300;

/** One badge session from begin to end. Before and after it there is nothing here at all. */
export function WorkspaceApp({ bridge, texts }: { bridge: WorkspaceBridge; texts: Texts }) {
  const [state, dispatch] = useReducer(stepWorkspace, null);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => serve(bridge, frame, dispatch), [bridge]);

  const workspace = useMemo<Workspace | null>(
    () => (state === null ? null : { call: bridge.call, state, dispatch }),
    [bridge, state],
  );
  return (
    <div className="workspaceFrame" ref={frame}>
      {workspace === null ? null : (
        <TextProvider texts={texts} language={workspace.state.language}>
          <I18nProvider locale={workspace.state.language === 'fr' ? 'fr-CA' : 'en-CA'}>
            <WorkspaceContext value={workspace}>
              <Shell />
            </WorkspaceContext>
          </I18nProvider>
        </TextProvider>
      )}
    </div>
  );
}

/** Wires the session's messages to the state. Begin and end are drawn at once, not when React finds time. */
function serve(
  bridge: WorkspaceBridge,
  frame: RefObject<HTMLDivElement | null>,
  dispatch: (event: WorkspaceEvent) => void,
): () => void {
  const now = (event: WorkspaceEvent) => flushSync(() => dispatch(event));
  const stops = [
    bridge.on.workspaceBegin((begin) => {
      now({ type: 'begin', begin });
      const { token } = begin;
      afterPaint(() => void bridge.call.workspacePainted({ token, what: 'board' }));
    }),
    bridge.on.workspaceChanged((changed) => dispatch({ type: 'changed', changed })),
    bridge.on.workspaceElsewhere((elsewhere) => dispatch({ type: 'elsewhere', elsewhere })),
    bridge.on.workspaceNotice(({ notice }) => dispatch({ type: 'notice', notice })),
    bridge.on.workspaceEnd(({ token }) => {
      now({ type: 'end', token });
      document.getSelection()?.removeAllRanges();
      void bridge.call.workspaceCleared({ token });
    }),
  ];
  void warmUp(frame, now).then(() => bridge.call.workspaceReady(null));
  return () => {
    for (const stop of stops) stop();
  };
}

async function warmUp(
  frame: RefObject<HTMLDivElement | null>,
  now: (event: WorkspaceEvent) => void,
): Promise<void> {
  // Also leaves React's effect phase, inside which nothing can be drawn at once.
  await document.fonts.ready;
  const begin = warmBegin();
  frame.current?.setAttribute('data-warming', '');
  // Nobody hears of these people either, or gets to them by keys.
  frame.current?.setAttribute('inert', '');
  for (let round = 0; round < warmRounds; round += 1) {
    now({ type: 'begin', begin });
    // Reading a size makes the browser lay the board out, and with that ask for its fonts.
    frame.current?.getBoundingClientRect();
    await document.fonts.ready;
    if (round === warmRounds - 1) await paintOnce();
    now({ type: 'end', token: begin.token });
  }
  frame.current?.removeAttribute('data-warming');
  frame.current?.removeAttribute('inert');
}

/** A first frame of a page fills its glyphs and allocates its tiles, which takes longer than to paint: better now than at a tap. */
async function paintOnce(): Promise<void> {
  await new Promise<void>((resolve) => {
    afterPaint(resolve);
    setTimeout(resolve, warmPaintDeadlineMs);
  });
}
