import type { BoardRow } from '#core/contracts/clinical.ts';
import type { WorkspaceBegin } from '#core/contracts/ipc.ts';

const beds = 24;

/** Letters and values vary: each glyph that a page draws for the first time is made then. */
function warmRow(index: number): BoardRow {
  const isEven = index % 2 === 0;
  const halves = ['Abcdefghijklm', 'Nopqrstuvwxyz'] as const;
  return {
    bed: String(index),
    bay: String(index % 4),
    patient: {
      patientId: `warm-${index}`,
      family: halves[isEven ? 0 : 1],
      given: halves[isEven ? 1 : 0],
      prefix: null,
      preferredName: null,
      birthDate: '1950-01-01',
      gender: 'unknown',
      recordNumber: null,
      deceasedAt: null,
    },
    sameFamilyName: index === 0 ? ['1'] : [],
    plan: 'Abc',
    earlyWarning: {
      total: index % 9,
      singleThree: false,
      takenAtMs: 0,
      previousTotal: 3,
      lastComplete: null,
      risk: 0,
    },
    lastVitals: {
      setId: `warm-${index}`,
      takenAtMs: 0,
      respirationRate: 8 + index,
      oxygenSaturation: 100 - index,
      supplementalOxygen: isEven,
      systolic: 90 + 3 * index,
      diastolic: 60 + index,
      heartRate: 60 + 2 * index,
      consciousness: 'A',
      temperature: 36 + index / 10,
      recordedBy: null,
      state: 'stored',
    },
    carriedVitals: [],
    nextObservationsAtMs: index * 600_000,
    alerts: [{ shape: isEven ? 'warning' : 'danger', text: 'Abc' }],
    due: [],
    mine: index % 3 === 0,
  };
}

/**
 * A board of nobody. A spare workspace draws it, unseen, so that code, styles, fonts and the first frame are ready before a
 * person taps; it is cleared before the workspace reports that it is ready.
 */
export function warmBegin(): WorkspaceBegin {
  return {
    token: 'warm',
    person: { personId: 'warm', displayName: 'Abc Def', role: 'other', trust: 'B0' },
    terminalName: 'Abc',
    wardName: 'Abc',
    language: 'en',
    theme: 'light',
    nowMs: 3_600_000,
    shiftEndsAtMs: null,
    board: { wardName: 'Abc', rows: Array.from({ length: beds }, (_, index) => warmRow(index)) },
    freshness: {
      asOfMs: 3_600_000,
      online: true,
      unsentOperations: 0,
      malformed: 0,
      conflicts: 0,
      rejected: 0,
      filling: null,
    },
    drafts: [],
    otherSessions: [],
    leaveHint: 'lockKey',
  };
}
