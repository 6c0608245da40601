import type { PatientIdentity } from '#core/contracts/clinical.ts';
import { familyName } from '#renderer/format/name.ts';

/** FAMILY, Given (Title) with the family name heavier. `bdi` keeps names of other scripts from turning the line round. */
export function PatientName(props: {
  identity: Pick<PatientIdentity, 'family' | 'given' | 'prefix'>;
  withTitle?: boolean;
}) {
  const { identity, withTitle = false } = props;
  return (
    <bdi className="patientName">
      <b>
        {familyName(identity)}
        {identity.given === '' ? '' : ','}
      </b>{' '}
      {identity.given}
      {withTitle && identity.prefix !== null ? ` (${identity.prefix})` : ''}
    </bdi>
  );
}
