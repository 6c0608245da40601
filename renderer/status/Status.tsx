import { useEffect, useState } from 'react';
import type { CallRefusal, TerminalStatus } from '#core/contracts/ipc.ts';
import { Notice } from '#renderer/design/Notice.tsx';
import { PanelBoundary } from '#renderer/design/PanelBoundary.tsx';
import { Segmented } from '#renderer/design/Segmented.tsx';
import { formatDateTime, formatTimeSeconds } from '#renderer/format/dateTime.ts';
import { formatCount } from '#renderer/format/number.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useCalls, usePreferences, useWorkspace } from '#renderer/workspace/context.ts';
import { Fact, FactPanel } from './Fact.tsx';
import { Latencies } from './Latencies.tsx';
import { OtherSessions } from './OtherSessions.tsx';
import './status.css';

const refreshMs = 1_000;

/** A person's session and the terminal under it, in words, read anew each second while it is looked at. */
export function Status() {
  const t = useText();
  const { status, refusal } = useTerminalStatus();
  return (
    <div className="status">
      <h1>{t('status.page')}</h1>
      {refusal !== null && (
        <Notice tone="warn">{t('status.failed', { reason: t(`callRefusal.${refusal}`) })}</Notice>
      )}
      {status?.developmentRuntime === true && (
        <Notice tone="danger">{t('status.development')}</Notice>
      )}
      <div className="statusPanels">
        <PanelBoundary>
          <SessionPanel status={status} />
        </PanelBoundary>
        {status !== null && (
          <>
            <PanelBoundary>
              <HealthPanel status={status} />
            </PanelBoundary>
            <PanelBoundary>
              <DataPanel status={status} />
            </PanelBoundary>
            <PanelBoundary>
              <Latencies latencies={status.latencies} />
            </PanelBoundary>
            <PanelBoundary>
              <SoftwarePanel status={status} />
            </PanelBoundary>
          </>
        )}
        <PanelBoundary>
          <PreferencesPanel />
        </PanelBoundary>
      </div>
    </div>
  );
}

function useTerminalStatus(): { status: TerminalStatus | null; refusal: CallRefusal | null } {
  const calls = useCalls();
  const [status, setStatus] = useState<TerminalStatus | null>(null);
  const [refusal, setRefusal] = useState<CallRefusal | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = true;
    // The next reading is asked for when this one has come: a slow terminal is not asked faster than it answers.
    const read = () => {
      void calls.terminalStatusRead(null).then((reply) => {
        if (!current) return;
        setRefusal(reply.ok ? null : reply.code);
        if (reply.ok) setStatus(reply.value);
        timer = setTimeout(read, refreshMs);
      });
    };
    read();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [calls]);
  return { status, refusal };
}

function SessionPanel({ status }: { status: TerminalStatus | null }) {
  const t = useText();
  const language = useLanguage();
  const { begin } = useWorkspace().state;
  const shiftEndsAtMs = status?.shiftEndsAtMs ?? begin.shiftEndsAtMs;
  return (
    <FactPanel title={t('status.session')}>
      <dl>
        <Fact name={t('status.you')}>
          {begin.person.displayName} · {t(`role.${begin.person.role}`)}
        </Fact>
        {status !== null && (
          <Fact name={t('status.since')}>{formatDateTime(status.sessionOpenedAtMs, language)}</Fact>
        )}
        {shiftEndsAtMs !== null && (
          <Fact name={t('status.shiftEnds')}>{formatDateTime(shiftEndsAtMs, language)}</Fact>
        )}
      </dl>
      <OtherSessions />
    </FactPanel>
  );
}

function HealthPanel({ status }: { status: TerminalStatus }) {
  const t = useText();
  const { begin } = useWorkspace().state;
  const { reader, server, storage, clock } = status.health;
  return (
    <FactPanel title={`${t('status.terminal')}: ${begin.terminalName}`}>
      <dl>
        <Fact name={t('status.reader')} good={reader === 'ready'}>
          {t(`status.reader.${reader}`)}
        </Fact>
        <Fact name={t('status.server')} good={server === 'connected'}>
          {t(`status.server.${server}`)}
        </Fact>
        <Fact name={t('status.storage')} good={storage === 'ok' || storage === 'cacheRebuilt'}>
          {t(`status.storage.${storage}`)}
        </Fact>
        <Fact name={t('status.clock')} good={clock === 'ok'}>
          {t(`status.clock.${clock}`)}
        </Fact>
      </dl>
    </FactPanel>
  );
}

function DataPanel({ status }: { status: TerminalStatus }) {
  const t = useText();
  const language = useLanguage();
  const { freshness } = status;
  return (
    <FactPanel title={t('status.data')}>
      <dl>
        <Fact name={t('status.asOf')} good={freshness.online && freshness.asOfMs !== null}>
          {freshness.asOfMs === null
            ? t('status.asOf.never')
            : `${formatTimeSeconds(freshness.asOfMs)} · ${formatDateTime(freshness.asOfMs, language).slice(0, -6)}`}
        </Fact>
        <Fact name={t('status.unsent')}>{formatCount(freshness.unsentOperations)}</Fact>
        <Fact name={t('status.conflicts')} good={freshness.conflicts === 0}>
          {formatCount(freshness.conflicts)}
        </Fact>
        <Fact name={t('status.malformed')} good={freshness.malformed === 0}>
          {formatCount(freshness.malformed)}
        </Fact>
        <Fact name={t('status.spoolUnsent')}>{formatCount(status.spoolUnsentEntries)}</Fact>
        <Fact name={t('status.spoolSequence')}>{formatCount(status.spoolSequence)}</Fact>
        <Fact name={t('status.lease')} good={status.leaseNotAfterMs !== null}>
          {status.leaseNotAfterMs === null
            ? t('status.lease.none')
            : formatDateTime(status.leaseNotAfterMs, language)}
        </Fact>
      </dl>
    </FactPanel>
  );
}

function SoftwarePanel({ status }: { status: TerminalStatus }) {
  const t = useText();
  return (
    <FactPanel title={t('status.software')}>
      <dl>
        <Fact name={t('status.version')}>{status.version}</Fact>
        <Fact name={t('status.electron')} good={!status.developmentRuntime}>
          {status.electronVersion}
        </Fact>
        <Fact name={t('status.keyStore')} good={status.deviceSecretStore === 'tpm'}>
          {t(`status.keyStore.${status.deviceSecretStore}`)}
        </Fact>
        <Fact name={t('status.readers')}>
          {status.readers.length === 0
            ? t('status.readers.none')
            : readerNames(status.readers).join(', ')}
        </Fact>
      </dl>
    </FactPanel>
  );
}

/** Readers in order, without the numbers that PC/SC appends where the name alone tells them apart. */
export function readerNames(readers: readonly string[]): string[] {
  const short = readers.map((reader) => reader.replace(/( \d\d){2}$/, ''));
  const distinct = new Set(short).size === short.length;
  return (distinct ? short : [...readers]).sort((a, b) => a.localeCompare(b));
}

function PreferencesPanel() {
  const t = useText();
  const { language, theme, setLanguage, setTheme } = usePreferences();
  return (
    <FactPanel title={t('status.settings')}>
      <div className="preferences">
        <Segmented
          label={t('status.language')}
          value={language}
          options={[
            { value: 'en', text: t('common.language.en') },
            { value: 'fr', text: t('common.language.fr') },
          ]}
          onChange={setLanguage}
        />
        <Segmented
          label={t('status.theme')}
          value={theme}
          options={[
            { value: 'light', text: t('status.theme.light') },
            { value: 'dark', text: t('status.theme.dark') },
          ]}
          onChange={setTheme}
        />
      </div>
    </FactPanel>
  );
}
