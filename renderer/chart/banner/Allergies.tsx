import { CircleCheck, CircleHelp, CloudOff } from 'lucide-react';
import type { AllergyState } from '#core/contracts/clinical.ts';
import { AlertShape } from '#renderer/design/AlertShape.tsx';
import { useText, type Translate } from '#renderer/i18n/text.tsx';

/** More than this would push the identity out of sight; the count says that there are more. */
const shownAtMost = 4;

type Known = Extract<AllergyState, { state: 'known' }>['items'][number];

/** One allergy with its reaction: "Penicillin (anaphylaxis, high risk)". */
export function allergyText(item: Known, t: Translate): string {
  const notes = [item.reaction, item.criticality === 'high' ? t('allergy.high') : null];
  const said = notes.filter((note) => note !== null);
  return said.length === 0 ? item.substance : `${item.substance} (${said.join(', ')})`;
}

/** Allergies in four states with four shapes. Only known ones are loud; none of the states is silence. */
export function Allergies({ allergies }: { allergies: AllergyState }) {
  const t = useText();
  if (allergies.state === 'known') {
    const ordered = [...allergies.items].sort(
      (a, b) => Number(b.criticality === 'high') - Number(a.criticality === 'high'),
    );
    const hidden = ordered.length - shownAtMost;
    const text = ordered.slice(0, shownAtMost).map((item) => allergyText(item, t));
    if (hidden > 0) text.push(t('allergy.more', { count: hidden }));
    return (
      <div className="allergies" data-state="known">
        <AlertShape shape="warning" />
        <div>
          <b>{t('allergy.known')}</b>
          <p>{text.join(' · ')}</p>
        </div>
      </div>
    );
  }
  const Icon = { noKnown: CircleCheck, notRecorded: CircleHelp, unavailable: CloudOff }[
    allergies.state
  ];
  return (
    <div className="allergies" data-state={allergies.state}>
      <Icon size={24} aria-hidden="true" />
      <div>
        <b>{t(`allergy.${allergies.state}`)}</b>
        <p>{t(`allergy.${allergies.state}.detail`)}</p>
      </div>
    </div>
  );
}
