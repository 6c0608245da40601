import type { CanonicalBadge } from '#core/contracts/badge.ts';
import type { SyncResource } from '#core/contracts/sync.ts';
import type { Person } from '#core/contracts/terminal.ts';
import type { Random } from './random.ts';

/** Someone who works here, with the badge and PIN the demo hands out. */
export interface StaffMember {
  readonly personId: string;
  readonly displayName: string;
  readonly family: string;
  readonly given: string;
  readonly role: Person['role'];
  readonly title: string;
  readonly wardIds: readonly string[];
  /** Rostered now; the others come later today. */
  readonly onShift: boolean;
  readonly badge: CanonicalBadge;
  readonly pin: string;
}

/** A rostered shift. */
export interface ShiftPlan {
  readonly personId: string;
  readonly wardId: string;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

type Plan = readonly [
  given: string,
  family: string,
  role: Person['role'],
  title: string,
  wardIds: readonly string[],
  onShift: boolean,
];

const ash = ['ward-ash'];
const birch = ['ward-birch'];
const cedar = ['ward-cedar'];
const everywhere = [...ash, ...birch, ...cedar];

const plans: readonly Plan[] = [
  ['Amara', 'Okafor', 'nurse', 'Registered nurse, charge', ash, true],
  ['Liam', 'Tremblay', 'nurse', 'Registered nurse', ash, true],
  ['Priya', 'Raman', 'nurse', 'Registered nurse', ash, true],
  ['Chloé', 'Bélanger', 'nurse', 'Registered practical nurse', ash, true],
  ['Marcus', 'Whitfield', 'nurse', 'Registered nurse', ash, false],
  ['Soo-Jin', 'Park', 'nurse', 'Registered nurse', birch, true],
  ['Étienne', 'Gagnon', 'nurse', 'Registered nurse', birch, true],
  ['Fatima', 'Siddiqui', 'nurse', 'Registered nurse', birch, false],
  ['Kateri', 'Longboat', 'nurse', 'Registered nurse', cedar, true],
  ['Daniel', 'Kowalchuk', 'nurse', 'Registered nurse', cedar, true],
  ['Helen', 'Moreau', 'physician', 'Internal medicine, consultant', ash, true],
  ['Anil', 'Deshmukh', 'physician', 'Internal medicine, resident', ash, true],
  ['Grace', 'Osei', 'physician', 'General surgery, consultant', birch, true],
  ['Owen', 'MacLeod', 'physician', 'Cardiology, consultant', cedar, true],
  ['Noor', 'Haddad', 'physician', 'Hospitalist', everywhere, true],
  ['Mateo', 'Fernández', 'technologist', 'Radiology technologist', [], true],
  ['Ruth', 'Abernathy', 'officer', 'Privacy officer', [], true],
  ['Simon', 'Leclerc', 'paramedic', 'Paramedic', [], true],
  ['Joanna', 'Wiśniewska', 'other', 'Ward clerk', ash, true],
  ['Thomas', 'Redsky', 'other', 'Physiotherapist', everywhere, true],
];

/** The staff, with UIDs as NFC cards have them (7 bytes, NXP's 04 first) and six-digit PINs. */
export function makeStaff(random: Random): StaffMember[] {
  const staff = random.branch('staff');
  return plans.map(([given, family, role, title, wardIds, onShift]) => ({
    personId: staff.uuid(),
    displayName: role === 'physician' ? `Dr ${given} ${family}` : `${given} ${family}`,
    family,
    given,
    role,
    title,
    wardIds,
    onShift,
    badge: { technology: 'iso14443-uid', bitLength: 56, hex: `04${staff.hex(6)}` },
    pin: String(staff.whole(100_000, 999_999)),
  }));
}

const hourMs = 3_600_000;

/** Twelve-hour shifts: those on duty since up to eight hours ago, the others from twelve hours later. */
export function makeShifts(staff: readonly StaffMember[], nowMs: number): ShiftPlan[] {
  const startedAtMs = Math.floor(nowMs / hourMs) * hourMs - 2 * hourMs;
  return staff.flatMap((member) =>
    member.wardIds.map((wardId) => {
      const startsAtMs = member.onShift ? startedAtMs : startedAtMs + 12 * hourMs;
      return { personId: member.personId, wardId, startsAtMs, endsAtMs: startsAtMs + 12 * hourMs };
    }),
  );
}

/** The staff as FHIR Practitioners. */
export function practitioners(staff: readonly StaffMember[]): SyncResource[] {
  return staff.map((member) => ({
    resourceType: 'Practitioner',
    id: member.personId,
    active: true,
    name: [
      {
        use: 'official',
        family: member.family,
        given: [member.given],
        ...(member.role === 'physician' ? { prefix: ['Dr'] } : {}),
      },
    ],
    qualification: [{ code: { text: member.title } }],
  }));
}
