'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { buttonLook } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { SeverityMark } from '../../ui/severity.tsx';
import { Loaded } from '../../ui/states.tsx';
import type { EventDetail } from './event-drawer.tsx';
import type { EventFilter } from './filter.ts';
import { eventsUrl } from './filter-url.ts';

const FLOW_ROWS = 100;
const AROUND = 10;

type ContextProps = { readonly event: EventDetail; readonly onSelect: (position: number) => void };

/** What belongs to the same message, and what came before in the same session. */
export function EventContext({ event, onSelect }: ContextProps) {
  const t = useT();
  const { correlationId, sessionId } = event;
  return (
    <div className="flex flex-col gap-5 px-4 py-4">
      <section aria-label={t.event.sameFlow}>
        <h3 className="pb-1 text-xs font-medium text-ink-3">{t.event.sameFlow}</h3>
        {correlationId ? (
          <>
            <Rows event={event} filter={{ correlationId }} limit={FLOW_ROWS} onSelect={onSelect} />
            <Link href={eventsUrl({ correlationId, range: 'all' })} className={buttonLook('plain', 'mt-3')}>
              {t.event.showFlow}
            </Link>
          </>
        ) : (
          <p className="text-sm text-ink-2">{t.event.noFlow}</p>
        )}
      </section>
      {sessionId ? (
        <section aria-label={t.event.sameSession}>
          <h3 className="pb-1 text-xs font-medium text-ink-3">{t.event.sameSession}</h3>
          <Rows event={event} filter={{ sessionId }} before={event.position + 1} limit={AROUND} onSelect={onSelect} />
        </section>
      ) : null}
    </div>
  );
}

type RowsProps = ContextProps & { readonly filter: EventFilter; readonly before?: number; readonly limit: number };

function Rows({ event, filter, before, limit, onSelect }: RowsProps) {
  const format = useFormat();
  const rows = useQuery(trpc.events.list.queryOptions({ filter, limit, ...(before === undefined ? {} : { before }) }));
  return (
    <Loaded query={rows}>
      {(page) => (
        <ol>
          {page.rows.toReversed().map((row) => (
            <li key={row.position}>
              <button
                type="button"
                aria-current={row.position === event.position}
                onClick={() => onSelect(row.position)}
                className={classNames(
                  'grid min-h-7 w-full grid-cols-[1rem_10.5rem_minmax(0,1fr)] items-center gap-2 rounded px-1 text-left text-xs hover:bg-sunken',
                  row.position === event.position && 'bg-accent-soft',
                )}
              >
                <SeverityMark severity={row.severity} short />
                <span className="truncate font-mono">{row.type}</span>
                <span className="truncate text-ink-2">{row.summary}</span>
                <span className="sr-only">{format.clock(row.time)}</span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </Loaded>
  );
}
