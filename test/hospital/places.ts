import type { SyncResource } from '#core/contracts/sync.ts';

/** A bed by the words on its sign, with the ids of its FHIR Locations. */
export interface BedPlan {
  readonly bed: string;
  readonly bay: string;
  readonly locationId: string;
  readonly wardId: string;
}

/** A ward as it is built. */
export interface WardPlan {
  readonly wardId: string;
  readonly name: string;
  readonly specialty: string;
  readonly bays: readonly { readonly name: string; readonly beds: readonly string[] }[];
  /** Beds nobody lies in, and why: `H` being cleaned, `K` contaminated, `U` free (HL7 v2 table 0116). */
  readonly emptyBeds: Readonly<Record<string, 'H' | 'K' | 'U'>>;
}

const six = (letter: string): string[] => [1, 2, 3, 4, 5, 6].map((number) => `${letter}${number}`);

/** The wards of the hospital. Ash is the demo terminal's. */
export const wardPlans: readonly WardPlan[] = [
  {
    wardId: 'ward-ash',
    name: 'Ash',
    specialty: 'General medicine',
    bays: [
      { name: 'Bay A', beds: six('A') },
      { name: 'Bay B', beds: six('B') },
      { name: 'Bay C', beds: six('C') },
      { name: 'Side rooms', beds: ['S1', 'S2', 'S3', 'S4'] },
    ],
    emptyBeds: { A6: 'H', C4: 'U' },
  },
  {
    wardId: 'ward-birch',
    name: 'Birch',
    specialty: 'General surgery',
    bays: [
      { name: 'Bay A', beds: six('A') },
      { name: 'Bay B', beds: six('B') },
      { name: 'Side rooms', beds: ['S1', 'S2'] },
    ],
    emptyBeds: { A3: 'U', B6: 'K' },
  },
  {
    wardId: 'ward-cedar',
    name: 'Cedar',
    specialty: 'Cardiology',
    bays: [
      { name: 'Bay A', beds: six('A') },
      { name: 'Side rooms', beds: ['S1', 'S2', 'S3', 'S4'] },
    ],
    emptyBeds: { S4: 'U' },
  },
];

/** Where imaging is done. */
export const radiologyId = 'dept-radiology';

/** Every bed of a ward, empty ones too, in bed order. */
export function bedsOf(ward: WardPlan): BedPlan[] {
  return ward.bays.flatMap((bay) =>
    bay.beds.map((bed) => ({
      bed,
      bay: bay.name,
      wardId: ward.wardId,
      locationId: `${ward.wardId}-${bed.toLowerCase()}`,
    })),
  );
}

/** The Locations of the whole hospital. */
export function locations(): SyncResource[] {
  const radiology = location(radiologyId, 'Radiology', 'ro', null);
  return [
    radiology,
    ...wardPlans.flatMap((ward) => [
      location(ward.wardId, ward.name, 'wa', null, { description: ward.specialty }),
      ...ward.bays.map((bay) => location(bayId(ward, bay.name), bay.name, 'ro', ward.wardId)),
      ...bedsOf(ward).map((bed) =>
        location(bed.locationId, bed.bed, 'bd', bayId(ward, bed.bay), {
          operationalStatus: {
            system: 'http://terminology.hl7.org/CodeSystem/v2-0116',
            code: ward.emptyBeds[bed.bed] ?? 'O',
          },
        }),
      ),
    ]),
  ];
}

function bayId(ward: WardPlan, bay: string): string {
  return `${ward.wardId}-${bay.toLowerCase().replace(/\W+/g, '-')}`;
}

function location(
  id: string,
  name: string,
  physicalType: 'wa' | 'ro' | 'bd',
  partOf: string | null,
  more: object = {},
): SyncResource {
  return {
    resourceType: 'Location',
    id,
    status: 'active',
    name,
    mode: 'instance',
    physicalType: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/location-physical-type',
          code: physicalType,
        },
      ],
    },
    ...(partOf === null ? {} : { partOf: { reference: `Location/${partOf}` } }),
    ...more,
  };
}
