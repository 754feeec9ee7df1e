'use client';
import { useQuery } from '@tanstack/react-query';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Command } from '../../ui/command.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { sessionUrl } from '../frame/links.ts';
import { OutcomeBadge } from '../session/outcome-badge.tsx';

const SHOWN = 6;

export function RecentSessions() {
  const t = useT();
  const format = useFormat();
  const sessions = useQuery(trpc.sessions.list.queryOptions({ filter: {}, limit: SHOWN }));
  const all = (
    <Link href="/sessions/" className="rounded px-1 py-0.5 text-xs text-accent hover:underline">
      {t.overview.recentAll}
    </Link>
  );
  return (
    <Panel title={t.overview.recent} actions={all}>
      <Loaded query={sessions}>
        {({ rows }) =>
          rows.length === 0 ? (
            <EmptyState title={t.sessions.emptyNew}>
              <p>{t.sessions.emptyNewWhy}</p>
              <Command text='openclaw message send --to test --message "hello"' />
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {rows.map((row) => (
                <li key={row.sessionId}>
                  <Link
                    href={sessionUrl(row.sessionId)}
                    className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 px-4 py-2 text-sm hover:bg-sunken sm:grid-cols-[minmax(0,1fr)_5rem_6rem_4.5rem]"
                  >
                    <span className="truncate font-medium">{row.title || t.sessions.untitled}</span>
                    <span className="truncate text-ink-2 max-sm:hidden">{row.channel}</span>
                    <span className="max-sm:hidden">
                      <OutcomeBadge outcome={row.lastOutcome} open={row.openMessages} />
                    </span>
                    <span className="text-right text-xs text-ink-3 figures">{format.ago(row.lastTime, Date.now())}</span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}
