'use client';
import { useQuery } from '@tanstack/react-query';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { chipsOf, type ListField, timeSpan, withChip, withoutChip } from './filter.ts';
import type { EventQueryState } from './use-event-query.ts';

const SHOWN = 12;

/** How many events there are of each kind in the time range, at the side of the list; a click narrows the list to it. */
export function FacetRail({ state }: { readonly state: EventQueryState }) {
  const t = useT();
  return (
    <aside aria-label={t.events.facets} className="hidden w-56 shrink-0 flex-col gap-4 overflow-y-auto scroll-quiet lg:flex">
      <Facets state={state} />
    </aside>
  );
}

/** The same where there is no room at the side: folded above the list. */
export function FacetSheet({ state }: { readonly state: EventQueryState }) {
  const t = useT();
  return (
    <details className="mb-3 rounded-lg border border-line bg-surface lg:hidden">
      <summary className="min-h-9 px-3 py-1.5 text-sm text-ink-2">{t.events.facets}</summary>
      <div className="grid max-h-72 grid-cols-1 gap-3 overflow-y-auto border-t border-line p-3 sm:grid-cols-2">
        <Facets state={state} />
      </div>
    </details>
  );
}

function Facets({ state }: { readonly state: EventQueryState }) {
  const t = useT();
  const facets = useQuery(trpc.events.facets.queryOptions(timeSpan(state.filter, state.nowMs)));
  return (
    <Loaded query={facets} skeleton={<Skeleton lines={8} />}>
      {(data) => (
        <>
          <Facet state={state} field="severities" title={t.events.facetSeverity} values={data.severity} names={t.severity} />
          <Facet state={state} field="types" title={t.events.facetType} values={data.type} />
          <Facet state={state} field="channels" title={t.events.facetChannel} values={data.channel} />
          <Facet state={state} field="agentIds" title={t.events.facetAgent} values={data.agent} />
        </>
      )}
    </Loaded>
  );
}

type FacetProps = {
  readonly state: EventQueryState;
  readonly field: ListField;
  readonly title: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  readonly names?: Readonly<Record<string, string>>;
};

function Facet({ state, field, title, values, names = {} }: FacetProps) {
  const format = useFormat();
  const { query, change } = state;
  const chosen = new Set(chipsOf(query).flatMap((chip) => (chip.field === field ? [chip.value] : [])));
  const known = values.filter(({ value }) => value !== '').slice(0, SHOWN);
  if (known.length === 0) return null;
  return (
    <fieldset className="min-w-0">
      <legend className="pb-1 text-xs font-medium text-ink-3">{title}</legend>
      {known.map(({ value, count }) => {
        const on = chosen.has(value);
        return (
          <button
            key={value}
            type="button"
            aria-pressed={on}
            onClick={() => change(on ? withoutChip(query, { field, value }) : withChip(query, { field, value }))}
            className={classNames(
              'flex h-7 w-full items-center gap-2 rounded-md px-2 text-left text-xs',
              on ? 'bg-accent-soft font-medium text-accent' : 'text-ink-2 hover:bg-sunken hover:text-ink',
            )}
          >
            <span className={classNames('min-w-0 flex-1 truncate', names[value] === undefined && 'font-mono')}>
              {names[value] ?? value}
            </span>
            <span className="text-ink-3 figures">{format.compact(count)}</span>
          </button>
        );
      })}
    </fieldset>
  );
}
