import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import type { SystemBridge, SystemSnapshot } from '#core/contracts/ipc.ts';
import { useTheme } from '#renderer/design/useTheme.ts';
import { TextProvider, type Texts } from '#renderer/i18n/text.tsx';
import { afterPaint } from '#renderer/design/afterPaint.ts';
import { SystemScreen } from './SystemScreen.tsx';

/** Shows the snapshots that main pushes, and reports each once a frame with it was presented. */
export function SystemApp({ bridge, texts }: { bridge: SystemBridge; texts: Texts }) {
  const [snapshot, setSnapshot] = useState<SystemSnapshot | null>(null);
  useTheme(snapshot?.theme ?? 'light');
  useEffect(() => {
    const stop = bridge.on.systemSnapshot((next) => {
      // Drawn at once: a cover must not wait until React finds time.
      flushSync(() => setSnapshot(next));
      afterPaint(() => void bridge.call.systemPainted({ revision: next.revision }));
    });
    void bridge.call.systemReady(null);
    return stop;
  }, [bridge]);
  if (snapshot === null) return null;
  return (
    <TextProvider texts={texts} language={snapshot.language}>
      <SystemScreen snapshot={snapshot} call={bridge.call} />
    </TextProvider>
  );
}
