import { memo } from 'react';
import type { ChartSectionName, ChartView } from '#core/contracts/clinical.ts';
import { PanelBoundary } from '#renderer/design/PanelBoundary.tsx';
import { SectionPanel } from './SectionPanel.tsx';

const panels: readonly { readonly name: ChartSectionName; readonly lines: number }[] = [
  { name: 'problems', lines: 6 },
  { name: 'medications', lines: 6 },
  { name: 'results', lines: 6 },
  { name: 'notes', lines: 3 },
  { name: 'imaging', lines: 3 },
  { name: 'encounters', lines: 4 },
];

/** The record at a glance: the newest lines of each section; every panel stands or falls alone. */
export const Summary = memo(function Summary(props: {
  view: ChartView;
  onSection: (name: ChartSectionName) => void;
}) {
  const { view, onSection } = props;
  return (
    <div className="summary">
      {panels.map(({ name, lines }) => (
        <PanelBoundary key={name}>
          <SectionPanel
            patientId={view.identity.patientId}
            name={name}
            first={view.sections[name] ?? null}
            preview={{ lines, onAll: () => onSection(name) }}
          />
        </PanelBoundary>
      ))}
    </div>
  );
});
