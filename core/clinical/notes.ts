import type { SyncResource } from '#core/contracts/sync.ts';
import { decodeBase64Text, encodeBase64Text } from './base64.ts';
import { pick, pickList, pickText } from './fhir.ts';
import { systems } from './systems.ts';
import type { WriteContext } from './writeVitals.ts';

/** The text of a note; null when the document is not plain text. */
export function noteText(document: unknown): string | null {
  for (const content of pickList(document, 'content')) {
    const type = pickText(content, 'attachment', 'contentType') ?? '';
    const data = pickText(content, 'attachment', 'data');
    if (type.startsWith('text/plain') && data !== null) return decodeBase64Text(data);
  }
  return null;
}

/** Writes a nursing note as a DocumentReference; a correction is the same document with new content. */
export function writeNote(text: string, noteId: string, context: WriteContext): SyncResource {
  return {
    resourceType: 'DocumentReference',
    id: noteId,
    status: 'current',
    type: {
      coding: [{ system: systems.loinc, code: '34746-8', display: 'Nurse Note' }],
      text: 'Nursing note',
    },
    subject: { reference: `Patient/${context.patientId}` },
    date: new Date(context.nowMs).toISOString(),
    author: [{ reference: `Practitioner/${context.personId}`, display: context.displayName }],
    content: [
      { attachment: { contentType: 'text/plain; charset=utf-8', data: encodeBase64Text(text) } },
    ],
  };
}

/** The same document with another text: what a person made of two versions. */
export function withNoteText(document: SyncResource, text: string): SyncResource | null {
  if (pick(document, 'resourceType') !== 'DocumentReference') return null;
  return {
    ...document,
    content: [
      { attachment: { contentType: 'text/plain; charset=utf-8', data: encodeBase64Text(text) } },
    ],
  };
}
