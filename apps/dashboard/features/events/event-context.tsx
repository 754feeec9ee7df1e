'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { buttonLook } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Link } from '../../ui/link.tsx';
import { Loaded } from '../../ui/states.tsx';
import { eventsUrl } from '../frame/links.ts';
import { clauseFor } from './clause-for.ts';
import type { EventDetail } from './event-drawer.tsx';
import { EventRows } from './event-rows.tsx';

const AROUND = 50;
const PLACES = ['log', 'session', 'flow'] as const;
type Place = (typeof PLACES)[number];

type ContextProps = { readonly event: EventDetail; readonly onSelect: (position: number) => void };

/** What was recorded just before and just after: in the log, in the same conversation, or about the same message. */
export function EventContext({ event, onSelect }: ContextProps) {
  const t = useT();
  const { correlationId, sessionId, position } = event;
  const queries: Readonly<Record<Place, string | undefined>> = {
    log: '',
    session: sessionId && clauseFor('session', [sessionId]),
    flow: correlationId && clauseFor('corr', [correlationId]),
  };
  const [chosen, setChosen] = useState<Place>(correlationId ? 'flow' : 'log');
  const place = queries[chosen] === undefined ? 'log' : chosen;
  const query = queries[place] ?? '';
  const filter = query === '' ? {} : { query };
  const before = useQuery(trpc.events.list.queryOptions({ filter, before: position + 1, limit: AROUND }));
  const after = useQuery(trpc.events.after.queryOptions({ filter, after: position, limit: AROUND }));
  return (
    <div className="flex flex-col gap-3 px-4 py-4">
      <fieldset className="flex flex-wrap items-center gap-1">
        <legend className="sr-only">{t.event.around}</legend>
        {PLACES.map((name) => (
          <button
            key={name}
            type="button"
            disabled={queries[name] === undefined}
            aria-pressed={name === place}
            onClick={() => setChosen(name)}
            className={classNames(buttonLook('quiet'), 'h-7 text-xs', name === place && 'bg-accent-soft text-accent')}
          >
            {t.event.places[name]}
          </button>
        ))}
        <Link
          href={eventsUrl(
            query === '' ? { q: `near:${position}`, range: 'all', selected: position } : { q: query, range: 'all', selected: position },
          )}
          className={buttonLook('quiet', 'ml-auto h-7 text-xs')}
        >
          {t.event.showFlow}
        </Link>
      </fieldset>
      <Loaded query={before}>
        {({ rows }) => (
          <Loaded query={after}>
            {(later) => <EventRows rows={[...rows.toReversed(), ...later.rows]} current={position} onSelect={onSelect} />}
          </Loaded>
        )}
      </Loaded>
    </div>
  );
}
