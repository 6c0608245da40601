import { useCallback, useMemo, useState } from 'react';
import type { ChartItem, ChartSection, ChartSectionName } from '#core/contracts/clinical.ts';
import type { CallRefusal } from '#core/contracts/ipc.ts';
import { useCalls } from '#renderer/workspace/context.ts';

/** Lines of a section: the first page came with the chart, older ones are read page by page when asked for. */
export interface SectionLines {
  /** Null when the section could not be read. */
  readonly items: readonly ChartItem[] | null;
  readonly total: number;
  readonly more: boolean;
  readonly reading: boolean;
  readonly refusal: CallRefusal | null;
  readonly showMore: () => void;
}

/** Appends a page, dropping lines that are there already: a record written in between moves the offsets. */
export function withPage(
  items: readonly ChartItem[],
  page: readonly ChartItem[],
): readonly ChartItem[] {
  const known = new Set(items.map((item) => item.id));
  return [...items, ...page.filter((item) => !known.has(item.id))];
}

/** The pages of one section. A new reading of the chart starts from its first page again. */
export function useSection(
  patientId: string,
  name: ChartSectionName,
  first: ChartSection | null,
): SectionLines {
  const calls = useCalls();
  const [pages, setPages] = useState<{ of: ChartSection | null; last: ChartSection | null }>({
    of: first,
    last: first,
  });
  const [reading, setReading] = useState(false);
  const [refusal, setRefusal] = useState<CallRefusal | null>(null);
  const present = pages.of === first ? pages.last : first;
  const offset = present?.nextOffset ?? (present === null ? 0 : null);

  const showMore = useCallback(() => {
    if (offset === null) return;
    setReading(true);
    void calls.chartSectionRead({ patientId, section: name, offset }).then((reply) => {
      setReading(false);
      setRefusal(reply.ok ? null : reply.code);
      if (!reply.ok) return;
      const items = withPage(present?.items ?? [], reply.value.items);
      setPages({ of: first, last: { ...reply.value, items: [...items] } });
    });
  }, [calls, patientId, name, offset, first, present]);

  return useMemo(
    () => ({
      items: present?.items ?? null,
      total: present?.total ?? 0,
      more: present !== null && present.nextOffset !== null,
      reading,
      refusal,
      showMore,
    }),
    [present, reading, refusal, showMore],
  );
}
