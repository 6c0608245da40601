import { Button } from '#renderer/design/Button.tsx';
import { Notice } from '#renderer/design/Notice.tsx';
import { formatRecent } from '#renderer/format/dateTime.ts';
import { useLanguage, useText } from '#renderer/i18n/text.tsx';
import { useWorkspace } from '#renderer/workspace/context.ts';

/** Says over the record of a patient of another ward how old it is: nothing brings it up to date by itself. */
export function VisitNotice(props: {
  fetchedAtMs: number;
  nowMs: number;
  fetching: boolean;
  onFetch: () => void;
}) {
  const { fetchedAtMs, nowMs, fetching, onFetch } = props;
  const t = useText();
  const language = useLanguage();
  const { online } = useWorkspace().state.freshness;
  const time = formatRecent(fetchedAtMs, nowMs, language);
  return (
    <div className="visitNotice" role="status">
      <Notice
        tone="warn"
        action={
          <Button
            kind="outline"
            aria-disabled={fetching || !online}
            onClick={() => {
              if (!fetching && online) onFetch();
            }}
          >
            {t(fetching ? 'visit.fetchingAgain' : 'visit.fetchAgain')}
          </Button>
        }
      >
        {t(online ? 'visit.asOf' : 'visit.asOfOffline', { time })}
      </Notice>
    </div>
  );
}
