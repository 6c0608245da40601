import { useCallback, useEffect, useRef, useState } from 'react';
import type { Draft } from '#core/contracts/clinical.ts';
import type { CallRefusal } from '#core/contracts/ipc.ts';
import { useCalls, useWorkspace } from '#renderer/workspace/context.ts';
import type { NoteForm } from './noteForm.ts';
import type { VitalsForm } from './vitalsForm.ts';

/** Long enough not to write at every key, short enough that a tap-out loses less than a second of typing. */
export const draftDelayMs = 800;

/** Where what is typed stands, for the line that is always in view. */
export type DraftStanding =
  | { readonly kind: 'clean' }
  | { readonly kind: 'unsaved' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'kept'; readonly atMs: number }
  | { readonly kind: 'failed'; readonly code: CallRefusal };

/** Keeps what is typed as a draft of its author: after a pause, and at once when the form goes away. */
export function useDraft(options: {
  readonly patientId: string;
  readonly patientLabel: string;
  readonly resumed: Draft | null;
  readonly form: VitalsForm | NoteForm;
  readonly touched: boolean;
}): {
  readonly draftId: string;
  readonly standing: DraftStanding;
  readonly discard: () => Promise<void>;
  readonly settle: () => void;
} {
  const { patientId, patientLabel, resumed, form, touched } = options;
  const calls = useCalls();
  const { state, dispatch } = useWorkspace();
  const [draftId] = useState(() => resumed?.draftId ?? crypto.randomUUID());
  const content = JSON.stringify(form);
  const keptContent = useRef(resumed?.content ?? null);
  const open = useRef(true);
  const pending = useRef<(() => void) | null>(null);
  const latest = useRef(state.drafts);
  useEffect(() => {
    latest.current = state.drafts;
  }, [state.drafts]);
  const [standing, setStanding] = useState<DraftStanding>(
    resumed === null ? { kind: 'clean' } : { kind: 'kept', atMs: resumed.savedAtMs },
  );

  const forget = useCallback(() => {
    open.current = false;
    pending.current = null;
    const drafts = latest.current.filter((draft) => draft.draftId !== draftId);
    dispatch({ type: 'drafts', drafts });
  }, [dispatch, draftId]);

  useEffect(() => {
    if (!touched || !open.current || content === keptContent.current) return undefined;
    setStanding({ kind: 'unsaved' });
    const save = () => {
      pending.current = null;
      setStanding({ kind: 'saving' });
      const draft = { draftId, patientId, patientLabel, kind: form.form, content };
      void calls.draftSave(draft).then((reply) => {
        if (!open.current) return;
        if (!reply.ok) {
          setStanding({ kind: 'failed', code: reply.code });
          return;
        }
        keptContent.current = content;
        const { savedAtMs } = reply.value;
        setStanding({ kind: 'kept', atMs: savedAtMs });
        const others = latest.current.filter((one) => one.draftId !== draftId);
        dispatch({ type: 'drafts', drafts: [...others, { ...draft, savedAtMs }] });
      });
    };
    pending.current = save;
    const timer = setTimeout(save, draftDelayMs);
    return () => clearTimeout(timer);
  }, [calls, dispatch, draftId, patientId, patientLabel, form.form, content, touched]);

  // Leaving the form (another section, another screen) must not cost the last words.
  useEffect(() => () => pending.current?.(), []);

  const discard = useCallback(async () => {
    forget();
    await calls.draftDiscard({ draftId });
  }, [calls, draftId, forget]);

  return { draftId, standing, discard, settle: forget };
}
