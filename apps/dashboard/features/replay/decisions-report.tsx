'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Link } from '../../ui/link.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { eventsUrl } from '../frame/links.ts';
import { type Report, type Run, VERDICT_TONES, type Verdict, VerdictStrip } from './verdict-strip.tsx';

type Decisions = Extract<Report, { readonly kind: 'decisions' }>;
type Change = Outputs['replays']['changes']['rows'][number];

const PAGE = 100;
const LISTED = ['looser', 'stricter', 'route changed'] as const satisfies readonly Change['verdict'][];

/** Messages that would be decided about otherwise, what was refused and would be let in first. */
export function DecisionsReport({ run, report }: { readonly run: Run; readonly report: Decisions }) {
  const t = useT();
  const [only, setOnly] = useState<Verdict>();
  const { messages, counts, unfaithful, unfaithfulCount, withoutConfig, listed } = report;
  const otherwise = counts.looser + counts.stricter + counts['route changed'];
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <VerdictStrip counts={{ ...counts, unfaithful: unfaithfulCount }} chosen={only} onChoose={setOnly} />
      {withoutConfig > 0 ? <p className="text-sm text-warn">{t.replay.withoutConfig(withoutConfig)}</p> : null}
      {unfaithful.length > 0 ? (
        <Panel title={t.replay.unfaithfulDecisions(unfaithfulCount)}>
          <ul className="divide-y divide-line">
            {unfaithful.map(({ position, recorded, replayed }) => (
              <Row key={position} position={position} before={recorded} after={replayed} />
            ))}
          </ul>
        </Panel>
      ) : null}
      <Panel title={t.replay.decidedOtherwise(otherwise, messages)}>
        {otherwise === 0 ? (
          <EmptyState title={t.replay.allSame} />
        ) : (
          <Changes id={run.id} only={LISTED.find((verdict) => verdict === only)} />
        )}
        {listed < otherwise ? <p className="p-3 text-xs text-ink-3">{t.replay.listedOf(listed, otherwise)}</p> : null}
      </Panel>
    </div>
  );
}

/** A page at a time. */
function Changes({ id, only }: { readonly id: string; readonly only: Change['verdict'] | undefined }) {
  const t = useT();
  const format = useFormat();
  const input = { id, limit: PAGE, ...(only && { verdict: only }) };
  const pages = useInfiniteQuery({
    queryKey: [...trpc.replays.changes.queryKey(input), 'pages'],
    queryFn: ({ pageParam, signal }) =>
      client.replays.changes.query({ ...input, ...(pageParam === undefined ? {} : { cursor: pageParam }) }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Loaded query={pages}>
      {(data) => {
        const rows = data.pages.flatMap((page) => page.rows);
        return (
          <>
            <ul aria-label={t.replay.changes} className="divide-y divide-line">
              {rows.map(({ verdict, position, before, after }) => (
                <Row key={position} verdict={verdict} position={position} before={before} after={after} />
              ))}
            </ul>
            <LoadMore pages={pages} title={t.replay.moreRows(format.number(rows.length))} />
          </>
        );
      }}
    </Loaded>
  );
}

type RowProps = Pick<Change, 'position' | 'before' | 'after'> & { readonly verdict?: Change['verdict'] };

function Row({ verdict, position, before, after }: RowProps) {
  const t = useT();
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-2 text-sm sm:grid-cols-[9rem_minmax(0,1fr)_minmax(0,1fr)]">
      <span className="flex items-center gap-2">
        <Link href={eventsUrl({ range: 'all', selected: position })} className="min-h-6 text-accent figures hover:underline">
          {position}
        </Link>
        {verdict ? <Badge tone={VERDICT_TONES[verdict]}>{t.replay.verdicts[verdict]}</Badge> : null}
      </span>
      <span className="min-w-0 foreign-text">
        <span className="text-xs text-ink-3">{t.route.before}</span> <Decided decision={before} />
      </span>
      <span className="min-w-0 foreign-text">
        <span className="text-xs text-ink-3">{t.route.after}</span> <Decided decision={after} />
      </span>
    </li>
  );
}

function Decided({ decision: { route, rule, reason } }: { readonly decision: Change['before'] }) {
  const t = useT();
  return route ? t.route.goesTo(route.agentId, route.rule, route.model) : t.route.refusedBy(rule, reason);
}
