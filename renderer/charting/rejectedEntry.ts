import type { Draft, Rejection } from '#core/contracts/clinical.ts';
import type { Language } from '#core/contracts/ipc.ts';
import { measuredRows } from '#renderer/chart/plot/plotText.ts';
import { formatDateTime } from '#renderer/format/dateTime.ts';
import type { MessageKey } from '#renderer/i18n/en.ts';
import type { Translate } from '#renderer/i18n/text.tsx';
import type { NoteForm } from './noteForm.ts';
import { typedVitals, type VitalsForm } from './vitalsForm.ts';

type Charted = NonNullable<Rejection['charted']>;

const loginReasons = ['sessionUnknown', 'afterSessionEnd', 'notThisPerson', 'notThisTerminal'];
const damageReasons = ['signatureWrong', 'unreadable', 'malformed', 'operationMismatch'];

/** A sentence for what the record server said; its own words are shown beside it, for the help desk. */
export function rejectionReason(reason: string): MessageKey {
  if (reason.startsWith('denied: ')) return 'rejections.reason.denied';
  if (loginReasons.includes(reason)) return 'rejections.reason.login';
  return damageReasons.includes(reason) ? 'rejections.reason.damaged' : 'rejections.reason.content';
}

/** The form in which a refused entry can be charted again. */
export interface FreshForm {
  readonly kind: Draft['kind'];
  readonly content: VitalsForm | NoteForm;
}

/**
 * A refused entry as a form to be looked over and saved. Values whose time the form cannot say any more become a note that
 * says it: nothing old is ever charted as if it had just been measured.
 */
export function freshForm(
  { entry }: Charted,
  nowMs: number,
  t: Translate,
  language: Language,
): FreshForm {
  if (entry.kind === 'note') {
    const { text, corrects } = entry;
    const earlier =
      corrects === null
        ? null
        : {
            id: corrects.id,
            version: corrects.version,
            operationId: null,
            earlierText: corrects.text,
          };
    return { kind: 'note', content: { form: 'note', text, corrects: earlier } };
  }
  const typed = typedVitals(entry.vitals, nowMs);
  if (typed !== null) return { kind: 'vitals', content: typed };
  const values = measuredRows(entry.vitals, t, language).map(
    ({ label, value }) => `${label} ${value}`,
  );
  const time = formatDateTime(entry.vitals.takenAtMs, language);
  const text = t('rejections.note', { time, values: values.join(', ') });
  return { kind: 'note', content: { form: 'note', text, corrects: null } };
}
