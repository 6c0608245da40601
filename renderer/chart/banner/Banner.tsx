import { Eye } from 'lucide-react';
import { memo, useState } from 'react';
import type { ChartView } from '#core/contracts/clinical.ts';
import { AlertFlag, AlertShape } from '#renderer/design/AlertShape.tsx';
import { PatientName } from '#renderer/design/PatientName.tsx';
import { formatAge } from '#renderer/format/age.ts';
import { formatFhirDate, formatTime } from '#renderer/format/dateTime.ts';
import { familyName } from '#renderer/format/name.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import type { MessageKey } from '#renderer/i18n/en.ts';
import { Allergies } from './Allergies.tsx';
import './banner.css';

const basisKeys: Readonly<Record<string, MessageKey>> = {
  ward: 'basis.ward',
  careTeam: 'basis.careTeam',
  order: 'basis.order',
  appointment: 'basis.appointment',
  encounter: 'basis.encounter',
  shift: 'basis.shift',
  breakGlass: 'basis.breakGlass',
};

/** Who this is, what can harm them, and on what ground they are looked at: over every section, never covered. */
export const Banner = memo(function Banner({ view, nowMs }: { view: ChartView; nowMs: number }) {
  const t = useText();
  const { identity } = view;
  // The view was logged as it opened, not as the clock goes on.
  const [openedAtMs] = useState(nowMs);
  const basis = basisKeys[view.accessBasis];
  return (
    <section
      className="banner"
      aria-label={t('chart.patient')}
      data-deceased={identity.deceasedAt !== null}
    >
      <div className="bannerIdentity">
        <div className="bannerName">
          <h1 tabIndex={-1}>
            <PatientName identity={identity} withTitle />
          </h1>
          {identity.preferredName !== null && (
            <p>
              {t('banner.preferredName')} <b>{identity.preferredName}</b>
            </p>
          )}
        </div>
        <IdentityFacts view={view} nowMs={nowMs} />
        <Allergies allergies={view.allergies} />
      </div>
      <div className="bannerLine">
        {view.sameFamilyName.length > 0 && (
          <p className="bannerSameName">
            <AlertShape shape="warning" />
            {t('banner.sameName', {
              family: familyName(identity),
              beds: view.sameFamilyName.join(', '),
            })}
          </p>
        )}
        {view.alerts.length === 0 ? (
          <p>{t('banner.noAlerts')}</p>
        ) : (
          <ul aria-label={t('banner.alerts')}>
            {view.alerts.map((alert) => (
              <li key={`${alert.shape} ${alert.text}`}>
                <AlertFlag alert={alert} />
              </li>
            ))}
          </ul>
        )}
        <p className="bannerAccess">
          <Eye size={18} aria-hidden="true" />
          {t('banner.access', {
            basis: basis === undefined ? t('basis.other', { code: view.accessBasis }) : t(basis),
            time: formatTime(openedAtMs),
          })}
        </p>
      </div>
    </section>
  );
});

function IdentityFacts({ view, nowMs }: { view: ChartView; nowMs: number }) {
  const t = useText();
  const language = useLanguage();
  const { identity } = view;
  const { birthDate, deceasedAt } = identity;
  const died = deceasedAt === null ? null : formatFhirDate(deceasedAt, language);
  const ageAtMs = deceasedAt === null ? nowMs : Date.parse(deceasedAt);
  const age = formatAge(birthDate, ageAtMs, language);
  return (
    <dl>
      <div>
        <dt>{t('banner.born')}</dt>
        <dd>
          {birthDate === null ? t('banner.bornUnknown') : formatFhirDate(birthDate, language)}
          {age !== null && died === null && <span> ({age})</span>}
        </dd>
      </div>
      {died !== null && (
        <>
          <div className="bannerDied">
            <dt>{t('banner.died')}</dt>
            <dd>{died}</dd>
          </div>
          <div>
            <dt>{t('banner.ageAtDeath')}</dt>
            <dd>{age ?? t('gender.unknown')}</dd>
          </div>
        </>
      )}
      <div>
        <dt>{t('banner.gender')}</dt>
        <dd>{t(`gender.${identity.gender ?? 'unknown'}`)}</dd>
      </div>
      <div>
        <dt>{t('banner.recordNumber')}</dt>
        <dd>{identity.recordNumber ?? t('gender.unknown')}</dd>
      </div>
      {view.bed !== null && (
        <div>
          <dt>{t('banner.bed')}</dt>
          <dd>
            {view.bed} <span>{view.wardName}</span>
          </dd>
        </div>
      )}
      {view.consultant !== null && (
        <div>
          <dt>{t('banner.consultant')}</dt>
          <dd>{view.consultant}</dd>
        </div>
      )}
    </dl>
  );
}
