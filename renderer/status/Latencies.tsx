import type { TerminalStatus } from '#core/contracts/ipc.ts';
import { formatCount } from '#renderer/format/number.ts';
import { en, type MessageKey } from '#renderer/i18n/en.ts';
import { useText, type Translate } from '#renderer/i18n/text.tsx';
import { FactPanel } from './Fact.tsx';

function stepName(name: string, t: Translate): string {
  const key = `latency.${name}`;
  return key in en ? t(key as MessageKey) : name;
}

/** Tenths below ten milliseconds, whole ones above: finer digits would only flicker. */
export function latencyText(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : formatCount(Math.round(ms));
}

/** The live latency table: what the terminal measured of itself since it started. */
export function Latencies({ latencies }: { latencies: TerminalStatus['latencies'] }) {
  const t = useText();
  return (
    <FactPanel title={t('status.latency')}>
      {latencies.length === 0 ? (
        <p>{t('status.latency.none')}</p>
      ) : (
        <table className="latencyTable">
          <caption>{t('status.latency.caption')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('status.latency.name')}</th>
              <th scope="col">p50</th>
              <th scope="col">p95</th>
              <th scope="col">p99</th>
              <th scope="col">{t('status.latency.count')}</th>
            </tr>
          </thead>
          <tbody>
            {latencies.map((latency) => (
              <tr key={latency.name}>
                <th scope="row">{stepName(latency.name, t)}</th>
                <td>{latencyText(latency.p50Ms)}</td>
                <td>{latencyText(latency.p95Ms)}</td>
                <td>{latencyText(latency.p99Ms)}</td>
                <td>{formatCount(latency.count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </FactPanel>
  );
}
