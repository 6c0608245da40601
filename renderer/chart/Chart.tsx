import { useCallback, useState } from 'react';
import type { ChartSectionName, ChartView } from '#core/contracts/clinical.ts';
import { ChartDrafts } from '#renderer/charting/Drafts.tsx';
import { draftFor } from '#renderer/charting/draftContent.ts';
import { NoteForm } from '#renderer/charting/NoteForm.tsx';
import type { NoteForm as NoteFormState } from '#renderer/charting/noteForm.ts';
import { VitalsForm } from '#renderer/charting/VitalsForm.tsx';
import { Notice } from '#renderer/design/Notice.tsx';
import { PanelBoundary } from '#renderer/design/PanelBoundary.tsx';
import { useNow } from '#renderer/design/useNow.ts';
import { useText } from '#renderer/i18n/text.tsx';
import { useWorkspace } from '#renderer/workspace/context.ts';
import type { View } from '#renderer/workspace/state.ts';
import { Banner } from './banner/Banner.tsx';
import { ChartOpening, ChartRefused } from './Opening.tsx';
import { Observations } from './observations/Observations.tsx';
import { Rail } from './observations/Rail.tsx';
import { Notes } from './sections/Notes.tsx';
import { SectionPanel } from './sections/SectionPanel.tsx';
import { Summary } from './sections/Summary.tsx';
import { SectionNav, type ChartSectionKey } from './SectionNav.tsx';
import { useChart } from './useChart.ts';
import { VisitNotice } from './VisitNotice.tsx';
import './chart.css';

type Start = Extract<View, { screen: 'chart' }>['start'];

/** The record of one patient. It is painted whole or says why it could not be opened. */
export function Chart({ patientId, start }: { patientId: string; start: Start }) {
  const { reading, fetching, reread, fetchAgain } = useChart(patientId);
  switch (reading.kind) {
    case 'opening':
      return <ChartOpening patientId={patientId} />;
    case 'refused':
      return (
        <ChartRefused
          patientId={patientId}
          code={reading.code}
          retrying={fetching}
          onRetry={fetchAgain}
        />
      );
    case 'open':
      return (
        <OpenChart
          view={reading.view}
          start={start}
          fetching={fetching}
          onChanged={reread}
          onFetch={fetchAgain}
        />
      );
  }
}

/** What fills the middle: a section, or a form in its place so that banner and rail stay in view while charting. */
type Middle =
  | { readonly kind: 'section'; readonly said: Said | null }
  | { readonly kind: 'vitals' }
  | { readonly kind: 'note'; readonly corrects: NoteFormState['corrects'] };
type Said = 'entry.saved' | 'entry.savedPending' | 'note.saved' | 'chart.print.done';

function firstMiddle(start: Start): Middle {
  if (start === 'record') return { kind: 'vitals' };
  if (start === 'note') return { kind: 'note', corrects: null };
  return { kind: 'section', said: null };
}

function OpenChart(props: {
  view: ChartView;
  start: Start;
  fetching: boolean;
  onChanged: () => void;
  onFetch: () => void;
}) {
  const { view, start, fetching, onChanged, onFetch } = props;
  const t = useText();
  const { state } = useWorkspace();
  const nowMs = useNow(state.nowMs, 60_000);
  const { patientId } = view.identity;
  const [section, setSection] = useState<ChartSectionKey>(() =>
    landingSection(view, state.begin.person.role),
  );
  const [middle, setMiddle] = useState<Middle>(() => firstMiddle(start));
  const goTo = useCallback((key: ChartSectionKey) => {
    setSection(key);
    setMiddle({ kind: 'section', said: null });
  }, []);
  const record = useCallback(() => setMiddle({ kind: 'vitals' }), []);
  const writeNote = useCallback(
    (corrects: NoteFormState['corrects']) => setMiddle({ kind: 'note', corrects }),
    [],
  );
  const resume = (kind: 'vitals' | 'note') =>
    setMiddle(kind === 'vitals' ? { kind } : { kind, corrects: null });
  const done = (key: ChartSectionKey, said: Said | null) => {
    setSection(key);
    setMiddle({ kind: 'section', said });
    if (said !== null) onChanged();
  };
  return (
    <div className="chart">
      <Banner view={view} nowMs={nowMs} />
      {view.visiting !== null && (
        <VisitNotice
          fetchedAtMs={view.visiting.fetchedAtMs}
          nowMs={nowMs}
          fetching={fetching}
          onFetch={onFetch}
        />
      )}
      <div className="chartBody">
        <SectionNav patientId={patientId} current={section} onSection={goTo} />
        {/* On a small screen it scrolls, and what it holds may have nothing else for the keyboard to stop at. */}
        <div className="chartMiddle" tabIndex={0} role="group" aria-label={t(`section.${section}`)}>
          <PanelBoundary key={middle.kind === 'section' ? section : middle.kind}>
            {middle.kind === 'vitals' && (
              <VitalsForm
                view={view}
                resumed={draftFor(state.drafts, patientId, 'vitals')}
                nowMs={nowMs}
                onDone={(saved) => done('observations', savedText(saved))}
              />
            )}
            {middle.kind === 'note' && (
              <NoteForm
                view={view}
                resumed={
                  middle.corrects === null ? draftFor(state.drafts, patientId, 'note') : null
                }
                corrects={middle.corrects}
                onDone={(noteId) => done('notes', noteId === null ? null : 'note.saved')}
              />
            )}
            {middle.kind === 'section' && (
              <>
                <SavedNotice said={middle.said} />
                <ChartDrafts patientId={patientId} onResume={resume} />
                <Section
                  view={view}
                  section={section}
                  nowMs={nowMs}
                  onSection={goTo}
                  onRecord={record}
                  onNote={writeNote}
                />
              </>
            )}
          </PanelBoundary>
        </div>
        <PanelBoundary>
          <Rail
            patientId={patientId}
            sets={view.vitals}
            nextObservationsAtMs={view.nextObservationsAtMs}
            nowMs={nowMs}
            deceased={view.identity.deceasedAt !== null}
          />
        </PanelBoundary>
      </div>
    </div>
  );
}

/** Nurses and paramedics land on the observations, others on the summary: where their next question is answered. */
export function landingSection(view: ChartView, role: string): ChartSectionKey {
  const bedside = role === 'nurse' || role === 'paramedic';
  return bedside && view.vitals.length > 0 ? 'observations' : 'summary';
}

function savedText(saved: 'stored' | 'pending' | null): Said | null {
  if (saved === null) return null;
  return saved === 'stored' ? 'entry.saved' : 'entry.savedPending';
}

function SavedNotice({ said }: { said: Said | null }) {
  const t = useText();
  return (
    <div className="savedNotice" role="status">
      {said !== null && (
        <Notice tone={said === 'entry.savedPending' ? 'warn' : 'ok'}>{t(said)}</Notice>
      )}
    </div>
  );
}

function Section(props: {
  view: ChartView;
  section: ChartSectionKey;
  nowMs: number;
  onSection: (name: ChartSectionName) => void;
  onRecord: () => void;
  onNote: (corrects: NoteFormState['corrects']) => void;
}) {
  const { view, section, nowMs, onSection, onRecord, onNote } = props;
  const { patientId } = view.identity;
  switch (section) {
    case 'summary':
      return <Summary view={view} onSection={onSection} />;
    case 'observations':
      return (
        <Observations
          patientId={patientId}
          given={view.vitals}
          nextObservationsAtMs={view.nextObservationsAtMs}
          nowMs={nowMs}
          onRecord={onRecord}
        />
      );
    case 'notes':
      return <Notes patientId={patientId} first={view.sections.notes ?? null} onNote={onNote} />;
    case 'problems':
    case 'medications':
    case 'results':
    case 'imaging':
    case 'encounters':
      return (
        <SectionPanel patientId={patientId} name={section} first={view.sections[section] ?? null} />
      );
  }
}
