import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { CallRefusal, Reply } from '#core/contracts/ipc.ts';
import { Button } from '#renderer/design/Button.tsx';
import { Notice } from '#renderer/design/Notice.tsx';
import type { MessageKey } from '#renderer/i18n/en.ts';
import { useText } from '#renderer/i18n/text.tsx';
import './decisions.css';

type Reading<One> =
  | { readonly kind: 'reading' }
  | { readonly kind: 'read'; readonly waiting: readonly One[] }
  | { readonly kind: 'refused'; readonly code: CallRefusal };

/** The words around what waits. */
interface DecisionWords {
  readonly title: MessageKey;
  readonly lead: MessageKey;
  readonly none: MessageKey;
  readonly done: MessageKey;
}

interface DecisionsProps<One> {
  readonly words: DecisionWords;
  readonly read: (nothing: null) => Promise<Reply<readonly One[]>>;
  /** What waits is read again whenever this moves. */
  readonly version: string;
  readonly idOf: (one: One) => string;
  /** One of them; it calls `onDecided` once its decision is stored. */
  readonly children: (one: One, onDecided: () => void) => ReactNode;
}

/** A screen of what waits for a decision, each in a panel of its own. */
export function Decisions<One>({ words, read, version, idOf, children }: DecisionsProps<One>) {
  const t = useText();
  const title = useRef<HTMLHeadingElement>(null);
  const [reading, setReading] = useState<Reading<One>>({ kind: 'reading' });
  const [done, setDone] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let current = true;
    void read(null).then((reply) => {
      if (!current) return;
      setReading(
        reply.ok ? { kind: 'read', waiting: reply.value } : { kind: 'refused', code: reply.code },
      );
    });
    return () => {
      current = false;
    };
  }, [read, version, attempt]);
  const onDecided = (id: string) => {
    setDone(true);
    setReading((was) =>
      was.kind === 'read'
        ? { kind: 'read', waiting: was.waiting.filter((one) => idOf(one) !== id) }
        : was,
    );
    // The button that had the focus is gone with its panel.
    title.current?.focus();
  };
  return (
    <div className="decisions">
      <h1 ref={title} tabIndex={-1}>
        {t(words.title)}
      </h1>
      <div role="status">{done && <Notice tone="ok">{t(words.done)}</Notice>}</div>
      {reading.kind === 'refused' && (
        <Notice
          tone="warn"
          action={<Button onClick={() => setAttempt(attempt + 1)}>{t('chart.retry')}</Button>}
        >
          {t(`callRefusal.${reading.code}`)}
        </Notice>
      )}
      {reading.kind === 'read' && reading.waiting.length === 0 && (
        <p className="panel decisionsNone">{t(words.none)}</p>
      )}
      {reading.kind === 'read' && reading.waiting.length > 0 && (
        <>
          <p className="decisionsLead">{t(words.lead)}</p>
          {reading.waiting.map((one) => children(one, () => onDecided(idOf(one))))}
        </>
      )}
    </div>
  );
}
