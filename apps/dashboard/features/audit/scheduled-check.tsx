'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRefresh } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';
import { configUrl } from '../config/config-url.ts';
import { eventsUrl } from '../frame/links.ts';

const KEY = 'gateway.logging.audit.verifyEvery';
const REFRESH_MS = 500;

/** What the gateway checks by itself: how often, what came of it last, and when it does again. */
export function ScheduledCheck() {
  const t = useT();
  const format = useFormat();
  const cache = useQueryClient();
  const schedule = useQuery(trpc.audit.schedule.queryOptions());
  useRefresh(
    ({ type }) => type === 'audit.verified' || type.startsWith('config.'),
    () => void cache.invalidateQueries(trpc.audit.schedule.queryFilter()),
    REFRESH_MS,
  );
  return (
    <Panel
      title={t.audit.byItself}
      actions={
        <Link href={configUrl(KEY)} className="inline-flex min-h-6 items-center font-mono text-xs text-accent hover:underline">
          {KEY}
        </Link>
      }
    >
      <Loaded query={schedule}>
        {({ everyMs, nextAt, last }) => (
          <Facts className="p-4">
            <Fact name={t.audit.howOften}>{everyMs === 0 ? t.audit.never : t.audit.every(format.duration(everyMs))}</Fact>
            <Fact name={t.audit.lastByItself}>
              {last === undefined ? (
                <span className="text-ink-2">{t.audit.notYet}</span>
              ) : (
                <span className="flex flex-wrap items-center gap-x-2">
                  <Badge tone={last.ok ? 'ok' : 'bad'}>{last.ok ? t.audit.outcomes.success : t.audit.outcomes.failure}</Badge>
                  <Time value={last.time} />
                  <Link href={eventsUrl({ range: 'all', selected: last.position })} className="text-accent hover:underline">
                    {last.ok ? t.audit.intact(format.number(last.to)) : t.audit.broken(format.number(last.firstBadPosition ?? 0))}
                  </Link>
                </span>
              )}
            </Fact>
            {nextAt === undefined ? null : <Fact name={t.audit.nextByItself}>{format.full(nextAt)}</Fact>}
          </Facts>
        )}
      </Loaded>
    </Panel>
  );
}
