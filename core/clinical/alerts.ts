import type { Alert, AllergyState } from '#core/contracts/clinical.ts';
import { codeOf, conceptText, pick, pickList } from './fhir.ts';
import { systems } from './systems.ts';

const shapes = ['prohibition', 'mandatory', 'warning', 'danger', 'supplementary'] as const;

/** Reads an active Flag; null for any other. */
export function readAlert(flag: unknown): Alert | null {
  if (pick(flag, 'status') !== 'active') return null;
  const text = conceptText(pick(flag, 'code'));
  if (text === null) return null;
  const said = pickList(flag, 'category')
    .map((category) => codeOf(category, systems.alertShape))
    .find((code) => code !== null);
  return { shape: shapes.find((shape) => shape === said) ?? 'warning', text };
}

/** Allergies that may kill, as alerts for the board, where no banner stands. */
export function allergyAlerts(allergies: AllergyState): Alert[] {
  if (allergies.state !== 'known') return [];
  return allergies.items
    .filter((item) => item.criticality === 'high')
    .map((item) => ({ shape: 'danger', text: item.substance }));
}
