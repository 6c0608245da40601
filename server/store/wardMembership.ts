import { referencedId } from './recordTypes.ts';

/**
 * What the database must know of a body it cannot read: the tree of places, who lies where, who cares for whom by name.
 * Ward membership follows from these alone, so admission, move and discharge are ordinary writes of an Encounter.
 */
export interface RecordLink {
  readonly type: string;
  readonly id: string;
  readonly patientId: string | null;
  /** Location: the place it is part of, and its kind (`wa`, `ro`, `bd`). */
  readonly parentId: string | null;
  readonly placeKind: string | null;
  /** Encounter: where the patient lies now; null when she does not. */
  readonly stayLocationId: string | null;
  readonly relations: readonly { readonly personId: string; readonly endsAt: string | null }[];
}

type Loose = Readonly<Record<string, unknown>>;

function list(value: unknown): Loose[] {
  return Array.isArray(value)
    ? value.filter((item): item is Loose => typeof item === 'object' && item !== null)
    : [];
}

function record(value: unknown): Loose {
  return typeof value === 'object' && value !== null ? (value as Loose) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** An instant from a FHIR dateTime; a date alone lasts to its end. */
function endOf(period: unknown): string | null {
  const end = text(record(period)['end']);
  if (end === null) return null;
  const time = Date.parse(
    end.length <= 10 ? `${end.padEnd(10, '-01').slice(0, 10)}T23:59:59Z` : end,
  );
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

const presentEncounter = new Set(['arrived', 'triaged', 'in-progress', 'onleave']);

function stayOf(encounter: Loose): string | null {
  if (!presentEncounter.has(text(encounter['status']) ?? '')) return null;
  for (const place of list(encounter['location']).reverse()) {
    const status = text(place['status']) ?? 'active';
    if (status !== 'active' || record(place['period'])['end'] !== undefined) continue;
    const id = referencedId(place['location'], 'Location');
    if (id !== null) return id;
  }
  return null;
}

function relationsOf(resource: Loose): RecordLink['relations'] {
  const type = resource['resourceType'];
  const status = text(resource['status']) ?? '';
  const active = type === 'CareTeam' ? status === 'active' : presentEncounter.has(status);
  if (!active) return [];
  return list(resource['participant']).flatMap((participant) => {
    const who = type === 'CareTeam' ? participant['member'] : participant['individual'];
    const personId = referencedId(who, 'Practitioner');
    return personId === null ? [] : [{ personId, endsAt: endOf(participant['period']) }];
  });
}

/** Reads the link out of a body; null for types that have none. A deleted resource links nothing. */
export function linkOf(resource: Loose, deleted: boolean): RecordLink | null {
  const type = resource['resourceType'];
  const id = text(resource['id']);
  if (id === null) return null;
  const nothing = { parentId: null, placeKind: null, stayLocationId: null, relations: [] };
  if (type === 'Location') {
    const kind = list(record(resource['physicalType'])['coding'])
      .map((coding) => text(coding['code']))
      .find((code) => code !== null);
    const place = {
      parentId: referencedId(resource['partOf'], 'Location'),
      placeKind: kind ?? null,
    };
    return { type, id, patientId: null, ...nothing, ...(deleted ? {} : place) };
  }
  if (type === 'Encounter' || type === 'CareTeam') {
    const patientId = referencedId(resource['subject'], 'Patient');
    if (deleted) return { type, id, patientId, ...nothing };
    const stayLocationId = type === 'Encounter' ? stayOf(resource) : null;
    return { type, id, patientId, ...nothing, stayLocationId, relations: relationsOf(resource) };
  }
  return null;
}
