'use client';
import { useQuery } from '@tanstack/react-query';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Loaded } from '../../ui/states.tsx';
import { clauseFor } from './clause-for.ts';
import type { EventDetail } from './event-drawer.tsx';
import { EventRows } from './event-rows.tsx';

const MOST = 50;

/** What became of an event after it was recorded: an event is never changed, what is done with it is events of their own. */
export function EventHistory({ event, onSelect }: { readonly event: EventDetail; readonly onSelect: (position: number) => void }) {
  const t = useT();
  const { subject } = event.metadata;
  const sections = [
    { title: t.event.history.seen, query: `type:(audit.accessed,audit.revealed) data.target.kind:event data.target.id:${event.position}` },
    ...(event.correlationId === undefined
      ? []
      : [
          {
            title: t.event.history.message,
            query: `${clauseFor('corr', [event.correlationId])} type:(message.edited,message.deleted,message.resubmitted,message.discarded,delivery.reported)`,
          },
        ]),
    ...(event.sessionId === undefined
      ? []
      : [
          {
            title: t.event.history.kept,
            query: `type:(data.held,data.released,audit.exported,audit.accessed) ${clauseFor('data.target.id', [event.sessionId])}`,
          },
        ]),
    ...(typeof subject === 'string'
      ? [{ title: t.event.history.erased, query: `type:(data.erasure_requested,data.erased) ${clauseFor('data.subject', [subject])}` }]
      : []),
    { title: t.event.history.archived, query: `type:data.archived data.first:<=${event.position} data.last:>=${event.position}` },
  ];
  return (
    <div className="flex flex-col gap-4 px-4 py-4">
      <p className="text-xs text-ink-3">{t.event.history.note}</p>
      {sections.map(({ title, query }) => (
        <Section key={title} title={title} query={query} after={event.position} onSelect={onSelect} />
      ))}
    </div>
  );
}

type SectionProps = {
  readonly title: string;
  readonly query: string;
  readonly after: number;
  readonly onSelect: (position: number) => void;
};

function Section({ title, query, after, onSelect }: SectionProps) {
  const t = useT();
  const found = useQuery(trpc.events.after.queryOptions({ filter: { query }, after, limit: MOST }));
  return (
    <section aria-label={title} className="flex flex-col gap-1">
      <h3 className="text-sm font-semibold">{title}</h3>
      <Loaded query={found}>
        {({ rows, partial }) => (
          <>
            {rows.length > 0 ? (
              <EventRows rows={rows} current={after} onSelect={onSelect} />
            ) : (
              <p className="text-xs text-ink-3">{t.event.history.none}</p>
            )}
            {rows.length === MOST || partial ? <p className="text-xs text-ink-3">{t.event.firstOnly(MOST)}</p> : null}
          </>
        )}
      </Loaded>
    </section>
  );
}
