import * as v from 'valibot';
import type { NoteEntry } from '#core/contracts/clinical.ts';

/** The longest note that the record takes. */
export const noteMaxLength = 20_000;

/** A note as typed; for a correction also what it corrects and the text that was on the screen. */
export const noteFormSchema = v.strictObject({
  form: v.literal('note'),
  text: v.string(),
  corrects: v.nullable(
    v.strictObject({
      id: v.string(),
      version: v.number(),
      // Drafts of older terminals name none.
      operationId: v.optional(v.nullable(v.string()), null),
      earlierText: v.string(),
    }),
  ),
});
export type NoteForm = v.InferOutput<typeof noteFormSchema>;

/** A new note with nothing in it. */
export const emptyNoteForm: NoteForm = { form: 'note', text: '', corrects: null };

/** Why a note cannot be saved yet; null when it can. */
export type NoteBlock = { reason: 'text' } | { reason: 'long'; excess: number } | null;

/** A note needs words that differ from what stands in the record. */
export function noteBlock(form: NoteForm): NoteBlock {
  const text = form.text.trim();
  if (text.length > noteMaxLength) return { reason: 'long', excess: text.length - noteMaxLength };
  if (text === '' || text === form.corrects?.earlierText.trim()) return { reason: 'text' };
  return null;
}

/** What is sent for a note. */
export function noteEntry(form: NoteForm): NoteEntry {
  const text = form.text.trim();
  if (form.corrects === null) return { text, corrects: null };
  const { id, version, operationId } = form.corrects;
  return { text, corrects: { id, version, operationId } };
}
