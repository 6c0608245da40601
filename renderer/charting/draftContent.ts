import * as v from 'valibot';
import type { Draft } from '#core/contracts/clinical.ts';
import { noteFormSchema, type NoteForm } from './noteForm.ts';
import { vitalsFormSchema, type VitalsForm } from './vitalsForm.ts';

const contentSchema = v.variant('form', [vitalsFormSchema, noteFormSchema]);

/** A form out of a draft's text; null when another version wrote it in a way this one cannot read. */
export function readDraft(draft: Draft): VitalsForm | NoteForm | null {
  let content: unknown;
  try {
    content = JSON.parse(draft.content);
  } catch {
    return null;
  }
  const parsed = v.safeParse(contentSchema, content);
  return parsed.success && parsed.output.form === draft.kind ? parsed.output : null;
}

/** The newest draft of this person for a patient and a kind of form. */
export function draftFor(
  drafts: readonly Draft[],
  patientId: string,
  kind: Draft['kind'],
): Draft | null {
  const own = drafts.filter((draft) => draft.patientId === patientId && draft.kind === kind);
  return own.reduce<Draft | null>(
    (newest, draft) => (newest === null || draft.savedAtMs > newest.savedAtMs ? draft : newest),
    null,
  );
}
