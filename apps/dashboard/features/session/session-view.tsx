'use client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import { useMemo, useState } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { client, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Link } from '../../ui/link.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import type { SessionQuery } from '../events/filter-url.ts';
import { useReplayFrom } from '../events/use-replay-from.ts';
import { useKeys } from '../frame/keys.ts';
import { PageTitle } from '../frame/page-title.tsx';
import { ConversationPanel } from './conversation-panel.tsx';
import { HoverContext } from './hover.ts';
import { OutcomeBadge } from './outcome-badge.tsx';
import { SessionActions } from './session-actions.tsx';
import { SessionHeader } from './session-header.tsx';
import { StatePanel } from './state-panel.tsx';
import { indexAt } from './steps.ts';
import { TimeSlider } from './time-slider.tsx';
import { TurnPanel } from './turn-panel.tsx';
import { useTicks } from './use-ticks.ts';

const PAGE_TURNS = 25;
const REFRESH_MS = 300;

type SessionViewProps = {
  readonly sessionId: string;
  readonly query: SessionQuery;
  readonly onChange: (part: Partial<SessionQuery>) => void;
};

/** One conversation in three panes that stand at the same event: what was said, the way of a message, and the state. */
export function SessionView({ sessionId, query, onChange }: SessionViewProps) {
  const t = useT();
  const cache = useQueryClient();
  const queryKey = [...trpc.sessions.get.queryKey({ sessionId, limit: PAGE_TURNS }), 'pages'];
  const pages = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) =>
      client.sessions.get.query({ sessionId, limit: PAGE_TURNS, ...(pageParam === undefined ? {} : { before: pageParam }) }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
  });
  useRefresh(
    (row) => row.sessionId === sessionId,
    () => void cache.invalidateQueries({ queryKey }),
    REFRESH_MS,
  );
  const [hovered, setHovered] = useState<number>();
  const hover = useMemo(() => ({ position: hovered, set: setHovered }), [hovered]);
  const { ticks = [], error, retry, hasEarlier, loadEarlier } = useTicks(sessionId);
  const newest = pages.data?.pages[0];
  const turns = pages.data?.pages.toReversed().flatMap((page) => page.turns) ?? [];
  const index = indexAt(ticks, query.at);
  const chosen = query.turn ?? turns.at(-1)?.messageId;

  const replay = useReplayFrom({
    position: query.at ?? ticks.at(-1)?.position ?? 0,
    sessionId,
    correlationId: ticks[index]?.correlationId,
  });
  useKeys({ r: () => (replay ? replay() : false) });

  /** The slider takes the turn with it, so that every pane shows the same. */
  const moveTo = (position: number | null) => {
    const { correlationId } = ticks[indexAt(ticks, position)] ?? {};
    onChange({ at: position, ...(correlationId === undefined ? {} : { turn: correlationId }) });
  };
  const selectTurn = (messageId: string) =>
    onChange({ turn: messageId, at: ticks.findLast((tick) => tick.correlationId === messageId)?.position ?? null });

  if (!newest) {
    if (pages.error) return <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />;
    return <Skeleton lines={9} />;
  }
  return (
    <HoverContext value={hover}>
      <Link href="/sessions/" className="mb-2 inline-flex min-h-6 items-center gap-1 self-start text-sm text-ink-2 hover:text-ink">
        <ArrowLeft aria-hidden className="size-3.5" />
        {t.sessions.back}
      </Link>
      <PageTitle title={newest.session.title || t.sessions.untitled}>
        <OutcomeBadge outcome={newest.session.lastOutcome} open={newest.session.openMessages} />
        <SessionActions data={newest} at={query.at} />
      </PageTitle>
      <SessionHeader data={newest} />
      {error && ticks.length === 0 ? <ErrorState error={error} onRetry={retry} /> : null}
      <TimeSlider ticks={ticks} index={index} onMove={moveTo} earlier={hasEarlier ? loadEarlier : undefined} />
      <div className="grid min-w-0 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <ConversationPanel
          turns={turns}
          ticks={ticks}
          chosen={chosen}
          at={query.at}
          machinery={query.machinery}
          onMachinery={(machinery) => onChange({ machinery })}
          choices={query.importance}
          earlier={hasEarlier ? loadEarlier : undefined}
          onSelect={selectTurn}
          onMove={moveTo}
          pages={pages}
        />
        <div className="flex min-w-0 flex-col gap-4">
          {chosen === undefined ? (
            <EmptyState title={t.sessions.noTurn} />
          ) : (
            <TurnPanel
              messageId={chosen}
              at={query.at}
              view={query.view}
              onView={(view) => onChange({ view })}
              onMove={moveTo}
              choices={query.importance}
              onChoose={(importance) => onChange({ importance: [...importance] })}
            />
          )}
          {ticks.length > 0 ? (
            <StatePanel sessionId={sessionId} ticks={ticks} index={index} markers={{ a: query.a, b: query.b }} onMark={onChange} />
          ) : null}
        </div>
      </div>
    </HoverContext>
  );
}
