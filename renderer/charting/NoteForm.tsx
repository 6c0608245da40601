import { useId, useState } from 'react';
import type { ChartView, Draft } from '#core/contracts/clinical.ts';
import { formatName } from '#renderer/format/name.ts';
import { formatCount } from '#renderer/format/number.ts';
import { useText } from '#renderer/i18n/text.tsx';
import { useCalls } from '#renderer/workspace/context.ts';
import { readDraft } from './draftContent.ts';
import { EntryFooter } from './EntryFooter.tsx';
import {
  emptyNoteForm,
  noteBlock,
  noteEntry,
  noteMaxLength,
  type NoteForm as Form,
} from './noteForm.ts';
import { useDraft } from './useDraft.ts';
import './charting.css';

/** A note, or the correction of one with the earlier text beside it. */
export function NoteForm(props: {
  view: ChartView;
  resumed: Draft | null;
  corrects: Form['corrects'];
  onDone: (noteId: string | null) => void;
}) {
  const { view, resumed, onDone } = props;
  const t = useText();
  const calls = useCalls();
  const id = useId();
  const [form, setForm] = useState<Form>(() => startingForm(resumed, props.corrects));
  const [saving, setSaving] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const { patientId } = view.identity;
  const { corrects } = form;
  const touched = form.text !== (corrects?.earlierText ?? '');
  const draft = useDraft({
    patientId,
    patientLabel: formatName(view.identity),
    resumed,
    form,
    touched,
  });
  const block = noteBlock(form);

  const save = async () => {
    setSaving(true);
    setFailure(null);
    const reply = await calls.noteWrite({
      patientId,
      draftId: draft.draftId,
      note: noteEntry(form),
    });
    setSaving(false);
    if (!reply.ok) {
      setFailure(t('entry.failed', { reason: t(`callRefusal.${reply.code}`) }));
      return;
    }
    draft.settle();
    onDone(reply.value.noteId);
  };

  return (
    <section className="panel entryPanel" aria-labelledby={`${id}title`}>
      <header>
        <h2 id={`${id}title`}>{t(corrects === null ? 'note.title' : 'note.correct.title')}</h2>
        <p>{t(corrects === null ? 'note.signedBy' : 'note.correct.hint')}</p>
      </header>
      <div className="noteBody" data-correction={corrects !== null}>
        {corrects !== null && (
          <section aria-labelledby={`${id}earlier`}>
            <h3 id={`${id}earlier`}>{t('note.earlier')}</h3>
            <p className="noteEarlier">{corrects.earlierText}</p>
          </section>
        )}
        <div className="noteText">
          <label htmlFor={id}>{t(corrects === null ? 'note.text' : 'note.corrected')}</label>
          <textarea
            id={id}
            className="input"
            value={form.text}
            aria-describedby={`${id}count`}
            autoFocus
            onChange={(event) => setForm({ ...form, text: event.target.value })}
          />
          <p id={`${id}count`}>
            {t('note.count', {
              count: formatCount(form.text.trim().length),
              max: formatCount(noteMaxLength),
            })}
          </p>
        </div>
      </div>
      <EntryFooter
        standing={draft.standing}
        touched={touched}
        blocked={
          block === null
            ? null
            : block.reason === 'text'
              ? t('entry.blocked.text')
              : t('entry.blocked.long', { count: block.excess })
        }
        question={null}
        failure={failure}
        saveLabel={t(corrects === null ? 'note.save' : 'note.save.correction')}
        saving={saving}
        onSave={() => void save()}
        onDiscard={() => void draft.discard().then(() => onDone(null))}
      />
    </section>
  );
}

function startingForm(resumed: Draft | null, corrects: Form['corrects']): Form {
  const content = resumed === null ? null : readDraft(resumed);
  if (content?.form === 'note') return content;
  return corrects === null ? emptyNoteForm : { form: 'note', text: corrects.earlierText, corrects };
}
