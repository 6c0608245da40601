import { PencilLine, Plus } from 'lucide-react';
import { memo } from 'react';
import type { ChartItem, ChartSection } from '#core/contracts/clinical.ts';
import type { NoteForm } from '#renderer/charting/noteForm.ts';
import { Button } from '#renderer/design/Button.tsx';
import { formatDateTime } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { EntryState } from './EntryState.tsx';
import { SectionPanel } from './SectionPanel.tsx';

/** Notes in full, newest first. Each can be corrected; what it said before stays in the record. */
export const Notes = memo(function Notes(props: {
  patientId: string;
  first: ChartSection | null;
  onNote: (corrects: NoteForm['corrects']) => void;
}) {
  const { patientId, first, onNote } = props;
  const t = useText();
  return (
    <SectionPanel
      patientId={patientId}
      name="notes"
      first={first}
      action={
        <Button kind="primary" onClick={() => onNote(null)}>
          <Plus size={20} aria-hidden="true" />
          {t('note.new')}
        </Button>
      }
      renderItem={(item) => <NoteLine item={item} onNote={onNote} />}
    />
  );
});

function NoteLine(props: { item: ChartItem; onNote: (corrects: NoteForm['corrects']) => void }) {
  const { item, onNote } = props;
  const t = useText();
  const language = useLanguage();
  const { id, version, operationId, detail: text } = item;
  return (
    <article className="noteLine">
      <header>
        <b>{item.title}</b>
        <span>
          {[item.author, item.atMs === null ? null : formatDateTime(item.atMs, language)]
            .filter((part) => part !== null)
            .join(' · ')}
        </span>
        <EntryState state={item.state} />
        {text !== null && item.resourceType === 'DocumentReference' && (
          <Button
            kind="quiet"
            onClick={() => onNote({ id, version, operationId, earlierText: text })}
          >
            <PencilLine size={18} aria-hidden="true" />
            {t('note.correct')}
          </Button>
        )}
      </header>
      {text !== null && <p>{text}</p>}
    </article>
  );
}
