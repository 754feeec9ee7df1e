'use client';
import { useQuery } from '@tanstack/react-query';
import { useFeed } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Command } from '../../ui/command.tsx';
import { EmptyState } from '../../ui/states.tsx';
import type { EventQueryState } from './use-event-query.ts';

/** Why the list is empty: nothing has happened yet, or a clause hides it. */
export function EmptyList({ state }: { readonly state: EventQueryState }) {
  const t = useT();
  const { head } = useFeed();
  const { filter, change } = state;
  const without = useQuery(trpc.events.withoutEach.queryOptions({ filter }));
  if (head === 0) {
    return (
      <EmptyState title={t.events.emptyNew}>
        <p>{t.events.emptyNewWhy}</p>
        <Command text='openclaw message send --to test --message "hello"' />
      </EmptyState>
    );
  }
  const hints = (without.data ?? []).filter((hint) => hint.count > 0);
  const drop = (clause: (typeof hints)[number]['clause']) =>
    change(clause === 'time' ? { range: 'all', fromTime: null, toTime: null } : { [clause]: null });
  return (
    <EmptyState title={t.events.emptyFiltered}>
      {hints.length > 0 ? <p>{t.events.emptyFilteredWhy}</p> : null}
      <ul className="flex flex-wrap justify-center gap-2">
        {hints.map(({ clause, count, more }) => (
          <li key={clause}>
            <Button onClick={() => drop(clause)}>
              {t.events.without(t.events.fields[clause])}
              <span className="text-ink-3">{t.events.found(count, more)}</span>
            </Button>
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}
