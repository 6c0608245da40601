import { useCallback, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { bandPoints, news2Parts, scoreNews2 } from '#core/clinical/news2.ts';
import type { MeasuredVital } from '#core/clinical/plausibility.ts';
import type { ChartView, Draft, VitalsSet } from '#core/contracts/clinical.ts';
import { severityOf } from '#renderer/chart/plot/scoring.ts';
import { latestTwo } from '#renderer/chart/plot/series.ts';
import { ScoreMark } from '#renderer/chart/ScoreMark.tsx';
import { Segmented } from '#renderer/design/Segmented.tsx';
import { formatRecent } from '#renderer/format/dateTime.ts';
import { formatName } from '#renderer/format/name.ts';
import { formatNumber } from '#renderer/format/number.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useCalls, useWorkspace } from '#renderer/workspace/context.ts';
import { readDraft } from './draftContent.ts';
import { EntryFooter } from './EntryFooter.tsx';
import { NumberField } from './NumberField.tsx';
import { TakenAtField } from './TakenAtField.tsx';
import { useDraft } from './useDraft.ts';
import {
  emptyVitalsForm,
  isUntouched,
  readVitalsForm,
  type VitalsForm as Form,
  type VitalsFormReading,
} from './vitalsForm.ts';
import './charting.css';

const columns: readonly (readonly MeasuredVital[])[] = [
  ['respirationRate', 'oxygenSaturation'],
  ['systolic', 'diastolic', 'heartRate', 'temperature'],
];

/** Charting of one set of vital signs. Nothing is prefilled; what is missing stays missing and says so. */
export function VitalsForm(props: {
  view: ChartView;
  resumed: Draft | null;
  nowMs: number;
  onDone: (saved: 'stored' | 'pending' | null) => void;
}) {
  const { view, resumed, nowMs, onDone } = props;
  const t = useText();
  const calls = useCalls();
  const { freshness } = useWorkspace().state;
  const [form, setForm] = useState<Form>(() => startingForm(resumed));
  const [confirming, setConfirming] = useState<Form | null>(null);
  const [saving, setSaving] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const reading = useMemo(() => readVitalsForm(form, nowMs), [form, nowMs]);
  const touched = !isUntouched(form);
  const { patientId } = view.identity;
  const draft = useDraft({
    patientId,
    patientLabel: formatName(view.identity),
    resumed,
    form,
    touched,
  });
  const change = useCallback((part: Partial<Form>) => setForm((was) => ({ ...was, ...part })), []);
  const onNumber = useCallback(
    (vital: MeasuredVital, text: string) => change({ [vital]: text }),
    [change],
  );
  // A question counts for the very values it was asked about.
  const confirmed = confirming === form;

  const save = async () => {
    if (reading.unlikely.length > 0 && !confirmed) {
      setConfirming(form);
      return;
    }
    setSaving(true);
    setFailure(null);
    const reply = await calls.vitalsRecord({
      patientId,
      draftId: draft.draftId,
      vitals: reading.entry,
      confirmedUnlikely: confirmed,
    });
    setSaving(false);
    if (!reply.ok) {
      setFailure(t('entry.failed', { reason: t(`callRefusal.${reply.code}`) }));
      return;
    }
    draft.settle();
    onDone(freshness.online ? 'stored' : 'pending');
  };

  const blocked = reading.refused
    ? t('entry.blocked.errors')
    : reading.empty
      ? t('entry.blocked.empty')
      : null;
  const field = (vital: MeasuredVital) => (
    <Field
      key={vital}
      vital={vital}
      form={form}
      reading={reading}
      sets={view.vitals}
      nowMs={nowMs}
      onChange={onNumber}
    />
  );
  return (
    <section className="panel entryPanel" aria-labelledby="vitalsFormTitle">
      <header>
        <h2 id="vitalsFormTitle">{t('entry.title')}</h2>
        <TakenAtField
          text={form.takenAt}
          fault={reading.faults.takenAt ?? null}
          takenAtMs={reading.entry.takenAtMs}
          nowMs={nowMs}
          onChange={(takenAt) => change({ takenAt })}
        />
        <Preview reading={reading} />
      </header>
      <FieldGrid>
        <div>
          {columns[0]?.map(field)}
          <Choice
            label={t('vital.supplementalOxygen')}
            value={
              form.supplementalOxygen === null ? 'none' : form.supplementalOxygen ? 'on' : 'air'
            }
            options={[
              { value: 'air', text: t('oxygen.air') },
              { value: 'on', text: t('oxygen.on') },
              { value: 'none', text: t('entry.clear') },
            ]}
            onChange={(value) =>
              change({ supplementalOxygen: value === 'none' ? null : value === 'on' })
            }
          />
          <Choice
            label={t('vital.consciousness')}
            value={form.consciousness ?? 'none'}
            options={[
              ...(['A', 'C', 'V', 'P', 'U'] as const).map((value) => ({
                value,
                text: t(`acvpu.${value}`),
              })),
              { value: 'none' as const, text: t('entry.clear') },
            ]}
            onChange={(value) => change({ consciousness: value === 'none' ? null : value })}
          />
        </div>
        <div>{columns[1]?.map(field)}</div>
      </FieldGrid>
      <EntryFooter
        standing={draft.standing}
        touched={touched}
        blocked={blocked}
        question={
          confirmed && blocked === null
            ? t('entry.unlikely.ask', { values: unlikelyNames(reading, t) })
            : null
        }
        failure={failure}
        saveLabel={t(confirmed ? 'entry.saveAnyway' : 'entry.save')}
        saving={saving}
        onSave={() => void save()}
        onDiscard={() => void draft.discard().then(() => onDone(null))}
      />
    </section>
  );
}

function startingForm(resumed: Draft | null): Form {
  const content = resumed === null ? null : readDraft(resumed);
  return content?.form === 'vitals' ? content : emptyVitalsForm;
}

function unlikelyNames(reading: VitalsFormReading, t: ReturnType<typeof useText>): string {
  return reading.unlikely
    .map((field) =>
      field === 'takenAt'
        ? t('entry.takenAt')
        : `${t(`vital.${field}`)} ${reading.entry[field] ?? ''}`,
    )
    .join(', ');
}

/** Enter goes to the next field, as on every monitor: saving is a deliberate press and never a slip of Enter. */
function FieldGrid({ children }: { children: React.ReactNode }) {
  const grid = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
    const fields = [...(grid.current?.querySelectorAll('input') ?? [])];
    fields[fields.indexOf(event.target) + 1]?.focus();
  };
  return (
    <div ref={grid} className="entryGrid" onKeyDown={onKeyDown}>
      {children}
    </div>
  );
}

function Field(props: {
  vital: MeasuredVital;
  form: Form;
  reading: VitalsFormReading;
  sets: readonly VitalsSet[];
  nowMs: number;
  onChange: (vital: MeasuredVital, text: string) => void;
}) {
  const { vital, form, reading, sets, nowMs, onChange } = props;
  const t = useText();
  const language = useLanguage();
  const [last] = latestTwo(sets, (set) => set[vital]);
  return (
    <NumberField
      vital={vital}
      text={form[vital]}
      fault={reading.faults[vital] ?? null}
      points={vital === 'diastolic' ? null : bandPoints(vital, reading.entry[vital])}
      last={
        last === undefined
          ? null
          : t('vitals.was', {
              value: formatNumber(last.value, language, vital === 'temperature' ? 1 : undefined),
              time: formatRecent(last.set.takenAtMs, nowMs, language),
            })
      }
      onChange={onChange}
    />
  );
}

function Choice<Value extends string>(props: Parameters<typeof Segmented<Value>>[0]) {
  return (
    <div className="choiceField">
      <span aria-hidden="true">{props.label}</span>
      <Segmented {...props} />
    </div>
  );
}

/** The score of what is typed, live; a dash and the names of what is missing until all seven parts are there. */
function Preview({ reading }: { reading: VitalsFormReading }) {
  const t = useText();
  const score = scoreNews2(reading.entry);
  const missing = news2Parts.filter((part) => score.parts[part] === null);
  return (
    <div className="entryPreview" aria-live="polite">
      <ScoreMark score={score.total} step={severityOf(score)} large />
      <div>
        <b>{t('entry.preview')}</b>
        {missing.length > 0 && (
          <p>
            {t('entry.preview.missing', {
              parts: missing.map((part) => t(`vital.${part}`)).join(', '),
            })}
          </p>
        )}
      </div>
    </div>
  );
}
