'use client';
import { useQuery } from '@tanstack/react-query';
import { client, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { ClauseHints } from '../../ui/clause-hints.tsx';
import { Command } from '../../ui/command.tsx';
import { EmptyState } from '../../ui/states.tsx';
import type { SessionFilter } from './session-list.tsx';

type NoSessionsProps = { readonly filter: SessionFilter; readonly onFilter: (filter: SessionFilter) => void };
type Names = { readonly channel: string; readonly agent: string; readonly openOnly: string };

const HINT_ROWS = 50;

/** Why there is no session: nobody has written yet, or a clause hides them. */
export function NoSessions({ filter, onFilter }: NoSessionsProps) {
  const t = useT();
  const drops = dropsOf(filter, t.sessions);
  const counts = useQuery({
    queryKey: [...trpc.sessions.list.queryKey(), 'without', filter],
    queryFn: () => Promise.all(drops.map(({ left }) => client.sessions.list.query({ filter: left, limit: HINT_ROWS }))),
    enabled: drops.length > 0,
  });
  if (drops.length === 0) {
    return (
      <EmptyState title={t.sessions.emptyNew}>
        <p>{t.sessions.emptyNewWhy}</p>
        <Command text='openclaw message send --to test --message "hello"' />
      </EmptyState>
    );
  }
  const hints = drops.flatMap(({ title, left }, at) => {
    const { rows = [], next } = counts.data?.[at] ?? {};
    const found = t.sessions.found(rows.length, next !== undefined);
    return rows.length > 0 ? [{ title: t.sessions.without(title), found, drop: () => onFilter(left) }] : [];
  });
  return (
    <EmptyState title={t.sessions.emptyFiltered}>
      {hints.length > 0 ? <p>{t.sessions.withoutWhy}</p> : null}
      <ClauseHints hints={hints} />
      <Button onClick={() => onFilter({})}>{t.common.clear}</Button>
    </EmptyState>
  );
}

/** The filter without each of its clauses. */
function dropsOf(filter: SessionFilter, names: Names): readonly { readonly title: string; readonly left: SessionFilter }[] {
  const { channel, ...anyChannel } = filter;
  const { agentId, ...anyAgent } = filter;
  const { openOnly, ...anyState } = filter;
  return [
    ...(channel ? [{ title: `${names.channel}: ${channel}`, left: anyChannel }] : []),
    ...(agentId ? [{ title: `${names.agent}: ${agentId}`, left: anyAgent }] : []),
    ...(openOnly ? [{ title: names.openOnly, left: anyState }] : []),
  ];
}
