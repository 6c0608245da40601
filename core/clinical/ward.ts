import { anyCode, pick, pickText, referenceId } from './fhir.ts';

/** A Location as the board needs it. */
export interface Place {
  readonly id: string;
  readonly name: string;
  readonly kind: 'ward' | 'bay' | 'bed';
  readonly partOf: string | null;
  readonly inUse: boolean;
}

/** A bed with the words to show for it. */
export interface Bed {
  readonly locationId: string;
  readonly bed: string;
  readonly bay: string;
}

const kinds: Readonly<Record<string, Place['kind']>> = { wa: 'ward', ro: 'bay', bd: 'bed' };

/** Reads a Location; null when it is neither ward, bay nor bed. */
export function readPlace(location: unknown): Place | null {
  const code = anyCode(pick(location, 'physicalType')) ?? '';
  const kind = Object.hasOwn(kinds, code) ? kinds[code] : undefined;
  const id = pickText(location, 'id');
  if (kind === undefined || id === null) return null;
  const status = pickText(location, 'status') ?? 'active';
  return {
    id,
    name: pickText(location, 'name') ?? id,
    kind,
    partOf: referenceId(pick(location, 'partOf'), 'Location'),
    inUse: status === 'active',
  };
}

/** The name of the ward that a place belongs to; null when the places do not lead to one. */
export function wardNameOf(places: readonly Place[], locationId: string): string | null {
  const byId = new Map(places.map((place) => [place.id, place]));
  let place = byId.get(locationId);
  for (let height = 0; place !== undefined && height < highestTree; height += 1) {
    if (place.kind === 'ward') return place.name;
    place = place.partOf === null ? undefined : byId.get(place.partOf);
  }
  return null;
}

/** Places that name each other as parents must not keep anybody waiting. */
const highestTree = 8;

const naturalOrder = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** The beds in use, in bed order: bay, then bed, numbers by value. */
export function orderBeds(places: readonly Place[]): Bed[] {
  const byId = new Map(places.map((place) => [place.id, place]));
  return places
    .filter((place) => place.kind === 'bed' && place.inUse)
    .map((place) => {
      const parent = place.partOf === null ? undefined : byId.get(place.partOf);
      return {
        locationId: place.id,
        bed: place.name,
        bay: parent?.kind === 'bay' ? parent.name : '',
      };
    })
    .sort((a, b) => naturalOrder.compare(a.bay, b.bay) || naturalOrder.compare(a.bed, b.bed));
}
