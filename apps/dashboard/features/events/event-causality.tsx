'use client';
import { useQuery } from '@tanstack/react-query';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Loaded } from '../../ui/states.tsx';
import { depthOf } from './causality.ts';
import { clauseFor } from './clause-for.ts';
import type { EventDetail } from './event-drawer.tsx';
import { EventRows } from './event-rows.tsx';

const MOST = 200;

/** What a message led to, step under step. */
export function EventCausality({ event, onSelect }: { readonly event: EventDetail; readonly onSelect: (position: number) => void }) {
  const t = useT();
  const { correlationId = '' } = event;
  const flow = useQuery({
    ...trpc.events.after.queryOptions({ filter: { query: clauseFor('corr', [correlationId]) }, after: 0, limit: MOST }),
    enabled: correlationId !== '',
  });
  if (correlationId === '') return <p className="px-4 py-4 text-sm text-ink-2">{t.event.noFlow}</p>;
  return (
    <div className="flex flex-col gap-3 px-4 py-4">
      <p className="text-xs text-ink-3">{t.event.causalityNote}</p>
      <Loaded query={flow}>
        {({ rows }) => (
          <>
            <EventRows rows={rows} current={event.position} depthOf={(row) => depthOf(row.type)} onSelect={onSelect} />
            {rows.length === MOST ? <p className="text-xs text-ink-3">{t.event.firstOnly(MOST)}</p> : null}
          </>
        )}
      </Loaded>
    </div>
  );
}
