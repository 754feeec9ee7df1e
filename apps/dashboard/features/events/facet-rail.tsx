'use client';
import Minus from 'lucide-react/icons/minus';
import { memo, type ReactNode, useState } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { excludedValue, toggledValue, valuesOf } from './clauses.ts';
import type { EventQueryState } from './use-event-query.ts';
import { type FacetCounts, type useFacets, useSessionSearch } from './use-facets.ts';
import { useMeaning } from './use-meaning.ts';

const SHOWN = 8;

type FacetProps = { readonly state: EventQueryState; readonly counts: ReturnType<typeof useFacets> };

/** How many events there are of each value, at the side of the list; a click narrows the list to it. */
export const FacetRail = memo(function FacetRail(props: FacetProps) {
  const t = useT();
  return (
    <aside aria-label={t.events.facets} className="hidden w-56 shrink-0 flex-col gap-4 overflow-y-auto pr-1 scroll-quiet lg:flex">
      <Facets {...props} />
    </aside>
  );
});

/** The same where there is no room at the side: folded above the list. */
export const FacetSheet = memo(function FacetSheet(props: FacetProps) {
  const t = useT();
  return (
    <details className="mb-3 rounded-lg border border-line bg-surface lg:hidden">
      <summary className="min-h-9 px-3 py-1.5 text-sm text-ink-2">{t.events.facets}</summary>
      <div className="grid max-h-72 grid-cols-1 gap-3 overflow-y-auto border-t border-line p-3 sm:grid-cols-2">
        <Facets {...props} />
      </div>
    </details>
  );
});

function Facets({ state, counts }: FacetProps) {
  const t = useT();
  const format = useFormat();
  const { facets, sampled, exact } = counts;
  if (facets.length === 0 && exact.error) return <ErrorState error={exact.error} onRetry={() => void exact.refetch()} />;
  if (facets.length === 0 && (exact.isPending || sampled.isPending)) return <Skeleton lines={8} />;
  const note = sampled.data ? t.events.ofNewest(format.compact(sampled.data.events)) : '';
  return facets.map((facet) => {
    const Kind = facet.field === 'session' ? SessionFacet : Facet;
    return <Kind key={facet.field} state={state} facet={facet} note={facet.exact ? '' : note} />;
  });
}

type OneFacetProps = { readonly state: EventQueryState; readonly facet: FacetCounts; readonly note: string };

/** There are more sessions than are counted: where those do not have what is looked for, the log is searched. */
function SessionFacet({ state, facet, note }: OneFacetProps) {
  const t = useT();
  const [wanted, setWanted] = useState('');
  const text = wanted.trim().toLowerCase();
  const known = facet.values.filter(({ value }) => value.toLowerCase().includes(text));
  const isSearched = text !== '' && facet.hasMore && known.length < SHOWN;
  const { data, error, refetch } = useSessionSearch(state, isSearched ? text : '');
  const found = data?.fields.find(({ field }) => field === facet.field);
  const values = found && found.values.length > 0 ? found.values : known;
  const name = t.events.searchFacet(t.events.facetNames[facet.field]);
  return (
    <Facet state={state} facet={{ ...facet, values, exact: found ? data?.isWhole === true : facet.exact }} note={found ? '' : note}>
      <input
        type="search"
        aria-label={name}
        placeholder={name}
        value={wanted}
        maxLength={100}
        onChange={(event) => setWanted(event.target.value)}
        className="mb-1 h-7 w-full rounded border border-line bg-surface px-2 font-mono text-xs"
      />
      {isSearched && error ? <ErrorState error={error} onRetry={() => void refetch()} /> : null}
      {isSearched && !data && !error ? <Skeleton lines={2} /> : null}
      <p role="status" className="px-2 text-xs text-ink-3">
        {values.length === 0 && (data || !isSearched) ? t.events.noSession : null}
        {found && found.different > values.length ? t.events.busiest(values.length, found.different) : null}
        {data && !data.isWhole ? ` ${t.events.searchedPart}` : null}
      </p>
    </Facet>
  );
}

function Facet({ state, facet, note, children }: OneFacetProps & { readonly children?: ReactNode }) {
  const t = useT();
  const format = useFormat();
  const meaningOf = useMeaning();
  const { query, change } = state;
  const { field, values, exact } = facet;
  const [all, setAll] = useState(false);
  const chosen = new Set(valuesOf(query.q, field));
  const known = values.filter(({ value }) => value !== '');
  const shown = all ? known : known.slice(0, SHOWN);
  const names: Readonly<Record<string, string>> = field === 'sev' ? t.severity : {};
  return (
    <fieldset className="min-w-0" data-facet={field}>
      <legend className="flex w-full items-baseline gap-2 pb-1 text-xs font-medium text-ink-3">
        {t.events.facetNames[field]}
        {note ? <span className="font-normal">{note}</span> : null}
      </legend>
      {children}
      {shown.map(({ value, count }) => {
        const on = chosen.has(value);
        const label = names[value] ?? value;
        return (
          <div key={value} className="group flex items-center" data-field={field} data-value={value}>
            <button
              type="button"
              aria-pressed={on}
              title={[value, field === 'type' && meaningOf(value)].filter(Boolean).join('\n')}
              onClick={() => change({ q: toggledValue(query.q, field, value) })}
              className={classNames(
                'flex h-7 min-w-0 flex-1 items-center gap-2 rounded-md px-2 text-left text-xs',
                on ? 'bg-accent-soft font-medium text-accent' : 'text-ink-2 hover:bg-sunken hover:text-ink',
              )}
            >
              <span className={classNames('min-w-0 flex-1 truncate', names[value] === undefined && 'font-mono')}>
                {field === 'session' || field === 'config' ? `…${label.slice(-10)}` : label}
              </span>
              <span className="text-ink-3 figures">
                {exact ? '' : '≈ '}
                {format.compact(count)}
              </span>
            </button>
            <button
              type="button"
              aria-label={t.events.exclude(label)}
              title={t.events.exclude(label)}
              onClick={() => change({ q: excludedValue(query.q, field, value) })}
              className="grid size-6 shrink-0 place-items-center rounded text-ink-3 opacity-0 group-hover:opacity-100 hover:bg-sunken hover:text-bad focus-visible:opacity-100"
            >
              <Minus aria-hidden className="size-3" />
            </button>
          </div>
        );
      })}
      {known.length > SHOWN ? (
        <button type="button" onClick={() => setAll(!all)} className="min-h-6 px-2 text-xs text-accent hover:underline">
          {all ? t.events.fewer : t.events.moreValues(known.length - SHOWN)}
        </button>
      ) : null}
    </fieldset>
  );
}
