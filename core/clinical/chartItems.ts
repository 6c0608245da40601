import type { ChartItem, ChartSectionName } from '#core/contracts/clinical.ts';
import {
  anyCode,
  conceptText,
  pick,
  pickList,
  pickNumber,
  pickText,
  pickTimeMs,
  versionOf,
} from './fhir.ts';
import { noteText } from './notes.ts';
import { readVitalPart } from './vitals.ts';

/** A line of the chart and the section it stands in. */
export interface PlacedItem {
  readonly section: ChartSectionName;
  readonly item: ChartItem;
}

const withdrawn = 'entered-in-error';

/** Reads a resource as a line of the chart; null when it has no section, or was withdrawn. */
export function readChartItem(resource: unknown): PlacedItem | null {
  const type = pickText(resource, 'resourceType') ?? '';
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read === undefined || pick(resource, 'status') === withdrawn) return null;
  if (anyCode(pick(resource, 'verificationStatus')) === withdrawn) return null;
  const found = read(resource);
  if (found === null) return null;
  return {
    section: found.section,
    item: {
      id: pickText(resource, 'id') ?? '',
      resourceType: type,
      detail: null,
      status: pickText(resource, 'status'),
      atMs: null,
      value: null,
      unit: null,
      referenceRange: null,
      interpretation: null,
      author: null,
      version: versionOf(resource),
      operationId: null,
      state: 'stored',
      ...found.item,
    },
  };
}

interface Found {
  readonly section: ChartSectionName;
  readonly item: Partial<ChartItem> & { readonly title: string };
}

const readers: Readonly<Record<string, (resource: unknown) => Found | null>> = {
  Condition: (resource) => ({
    section: 'problems',
    item: {
      title: conceptText(pick(resource, 'code')) ?? '',
      status: anyCode(pick(resource, 'clinicalStatus')),
      detail: pickText(resource, 'note', 0, 'text'),
      atMs: pickTimeMs(resource, 'onsetDateTime') ?? pickTimeMs(resource, 'recordedDate'),
      author: pickText(resource, 'recorder', 'display'),
    },
  }),
  MedicationRequest: (resource) => readMedication(resource, pickTimeMs(resource, 'authoredOn')),
  MedicationStatement: (resource) =>
    readMedication(
      resource,
      pickTimeMs(resource, 'effectiveDateTime') ?? pickTimeMs(resource, 'effectivePeriod', 'start'),
    ),
  Observation: readResult,
  DiagnosticReport: (resource) => {
    const conclusion = pickText(resource, 'conclusion');
    if (conclusion === null) return null;
    return {
      section: 'results',
      item: {
        title: conceptText(pick(resource, 'code')) ?? '',
        detail: conclusion,
        atMs: pickTimeMs(resource, 'effectiveDateTime') ?? pickTimeMs(resource, 'issued'),
        author: pickText(resource, 'performer', 0, 'display'),
      },
    };
  },
  DocumentReference: (resource) => {
    if (pick(resource, 'status') === 'superseded') return null;
    return {
      section: 'notes',
      item: {
        title: conceptText(pick(resource, 'type')) ?? pickText(resource, 'description') ?? '',
        detail: noteText(resource),
        atMs: pickTimeMs(resource, 'date'),
        author: pickText(resource, 'author', 0, 'display'),
      },
    };
  },
  ImagingStudy: (resource) => ({
    section: 'imaging',
    item: {
      title:
        pickText(resource, 'description') ??
        ([
          pickText(resource, 'series', 0, 'modality', 'display') ??
            pickText(resource, 'series', 0, 'modality', 'code'),
          pickText(resource, 'series', 0, 'bodySite', 'display'),
        ]
          .filter((part) => part !== null)
          .join(', ') ||
          ''),
      atMs: pickTimeMs(resource, 'started'),
      author: pickText(resource, 'referrer', 'display'),
    },
  }),
  Encounter: (resource) => ({
    section: 'encounters',
    item: {
      title: conceptText(pick(resource, 'type', 0)) ?? pickText(resource, 'class', 'code') ?? '',
      detail: conceptText(pick(resource, 'reasonCode', 0)),
      atMs: pickTimeMs(resource, 'period', 'start'),
      author: pickText(resource, 'participant', 0, 'individual', 'display'),
    },
  }),
};

function readMedication(resource: unknown, atMs: number | null): Found {
  return {
    section: 'medications',
    item: {
      title:
        conceptText(pick(resource, 'medicationCodeableConcept')) ??
        pickText(resource, 'medicationReference', 'display') ??
        '',
      detail:
        pickText(resource, 'dosageInstruction', 0, 'text') ??
        pickText(resource, 'dosage', 0, 'text'),
      atMs,
      author: pickText(resource, 'requester', 'display'),
    },
  };
}

function readResult(resource: unknown): Found | null {
  if (readVitalPart(resource) !== null) return null;
  const { value, unit } = readValue(resource);
  return {
    section: 'results',
    item: {
      title: conceptText(pick(resource, 'code')) ?? '',
      detail: value === null ? componentText(resource) : null,
      atMs: pickTimeMs(resource, 'effectiveDateTime') ?? pickTimeMs(resource, 'issued'),
      value,
      unit,
      referenceRange: rangeText(pick(resource, 'referenceRange', 0)),
      interpretation: readInterpretation(resource),
      author: pickText(resource, 'performer', 0, 'display'),
    },
  };
}

/** Shown as the laboratory wrote it, but never with more digits than anyone can use. */
function numberText(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function readValue(of: unknown): { value: string | null; unit: string | null } {
  const number = pickNumber(of, 'valueQuantity', 'value');
  if (number !== null) {
    const comparator = pickText(of, 'valueQuantity', 'comparator') ?? '';
    return {
      value: comparator + numberText(number),
      unit: pickText(of, 'valueQuantity', 'unit') ?? pickText(of, 'valueQuantity', 'code'),
    };
  }
  const whole = pickNumber(of, 'valueInteger');
  const text =
    conceptText(pick(of, 'valueCodeableConcept')) ??
    pickText(of, 'valueString') ??
    (whole === null ? null : String(whole));
  return { value: text, unit: null };
}

function componentText(observation: unknown): string | null {
  const parts = pickList(observation, 'component').flatMap((component) => {
    const { value, unit } = readValue(component);
    const name = conceptText(pick(component, 'code'));
    return value === null ? [] : [[name, value, unit].filter((part) => part !== null).join(' ')];
  });
  return parts.length === 0 ? null : parts.join('; ');
}

function rangeText(range: unknown): string | null {
  const text = pickText(range, 'text');
  if (text !== null) return text;
  const low = pickNumber(range, 'low', 'value');
  const high = pickNumber(range, 'high', 'value');
  if (low !== null && high !== null) return `${numberText(low)}–${numberText(high)}`;
  if (low !== null) return `≥ ${numberText(low)}`;
  return high === null ? null : `≤ ${numberText(high)}`;
}

const interpretations: Readonly<Record<string, NonNullable<ChartItem['interpretation']>>> = {
  L: 'low',
  H: 'high',
  LL: 'criticalLow',
  HH: 'criticalHigh',
  A: 'abnormal',
  AA: 'abnormal',
  N: 'normal',
};

function readInterpretation(observation: unknown): ChartItem['interpretation'] {
  const code = anyCode(pick(observation, 'interpretation', 0)) ?? '';
  return Object.hasOwn(interpretations, code) ? (interpretations[code] ?? null) : null;
}

/** One record in words, for two versions side by side. */
export function describeRecord(resource: unknown): {
  text: string;
  author: string | null;
  atMs: number | null;
} {
  const author =
    pickText(resource, 'author', 0, 'display') ?? pickText(resource, 'performer', 0, 'display');
  const atMs =
    pickTimeMs(resource, 'date') ??
    pickTimeMs(resource, 'effectiveDateTime') ??
    pickTimeMs(resource, 'issued');
  const note = noteText(resource);
  if (note !== null) return { text: note, author, atMs };
  const { value, unit } = readValue(resource);
  const words = [
    conceptText(pick(resource, 'code')),
    value ?? componentText(resource),
    unit,
  ].filter((part) => part !== null);
  return { text: words.join(' '), author, atMs };
}
