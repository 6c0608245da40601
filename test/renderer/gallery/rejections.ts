import type { Rejection } from '#core/contracts/clinical.ts';
import { minutes } from './scene.ts';

const charted = {
  patientId: 'p-A3',
  patientLabel: 'EVANS, Eva',
  atMs: minutes(-42),
  patientIsHere: true,
};

/** One of each kind: to be charted again, too old for the form, of a patient elsewhere, and one that does not open. */
export const rejections: readonly Rejection[] = [
  {
    ids: ['r1', 'r2'],
    reason: 'denied: noRelationship',
    charted: {
      ...charted,
      entry: {
        kind: 'vitals',
        vitals: {
          takenAtMs: minutes(-45),
          respirationRate: 22,
          oxygenSaturation: 94,
          supplementalOxygen: true,
          systolic: 104,
          diastolic: 61,
          heartRate: 98,
          consciousness: 'A',
          temperature: 38.4,
        },
      },
    },
  },
  {
    ids: ['r3'],
    reason: 'sessionUnknown',
    charted: {
      ...charted,
      atMs: minutes(-2 * 24 * 60),
      entry: {
        kind: 'vitals',
        vitals: {
          takenAtMs: minutes(-2 * 24 * 60),
          respirationRate: 18,
          oxygenSaturation: null,
          supplementalOxygen: null,
          systolic: null,
          diastolic: null,
          heartRate: 77,
          consciousness: null,
          temperature: null,
        },
      },
    },
  },
  {
    ids: ['r4'],
    reason: 'denied: noRelationship',
    charted: {
      ...charted,
      patientId: 'p-gone',
      patientLabel: 'DAVIES, Rhys',
      patientIsHere: false,
      entry: {
        kind: 'note',
        text: 'Went home with his daughter.\nMedicines explained to both.',
        corrects: { id: 'n1', version: 2, text: 'Waits for his daughter.' },
      },
    },
  },
  { ids: ['r5'], reason: 'unreadable', charted: null },
];
