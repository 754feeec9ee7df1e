'use client';
import { useQuery } from '@tanstack/react-query';
import Search from 'lucide-react/icons/search';
import X from 'lucide-react/icons/x';
import { type FormEvent, useId, useRef, useState } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { useKeys } from '../frame/keys.ts';
import { chipsOf, isRange, NO_CLAUSES, parseToken, timeSpan, withChip, withoutChip } from './filter.ts';
import { RANGES } from './filter-url.ts';
import type { EventQueryState } from './use-event-query.ts';

/** What the list is narrowed to: words become chips, chips are taken away again. `/` comes here. */
export function FilterBar({ state }: { readonly state: EventQueryState }) {
  const t = useT();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState<string>();
  const { query, change } = state;
  const chips = chipsOf(query);
  useKeys({ '/': () => input.current?.focus() });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const field = input.current;
    if (!field?.value.trim()) return;
    const tokens = field.value.trim().split(/\s+/).map(parseToken);
    if (tokens.includes(undefined)) {
      setRefused(field.value.trim());
      return;
    }
    let part: Parameters<typeof change>[0] = {};
    for (const token of tokens) {
      if (!token) continue;
      part = {
        ...part,
        ...(token.kind === 'position' ? { selected: token.position } : withChip({ ...query, ...part } as typeof query, token)),
      };
    }
    change(part);
    setRefused(undefined);
    field.value = '';
  };

  return (
    <div className="mb-3 flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        <form onSubmit={submit} className="relative min-w-0 flex-1 basis-72">
          <Search aria-hidden className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-ink-3" />
          <input
            ref={input}
            type="search"
            aria-label={t.events.filter}
            aria-describedby={`${id}-help`}
            aria-invalid={refused !== undefined}
            placeholder={t.events.filterPlaceholder}
            list={`${id}-values`}
            autoComplete="off"
            spellCheck={false}
            onKeyDown={(event) => {
              if (event.key === 'Escape') event.currentTarget.blur();
              if (event.key === 'Backspace' && event.currentTarget.value === '') {
                const last = chips.at(-1);
                if (last) change(withoutChip(query, last));
              }
            }}
            className="h-9 w-full rounded-md border border-line-strong bg-surface pr-3 pl-8 font-mono text-sm placeholder:text-ink-3"
          />
          <Suggestions id={`${id}-values`} state={state} />
        </form>
        <RangeSelect state={state} />
      </div>
      <p
        id={`${id}-help`}
        role={refused === undefined ? undefined : 'alert'}
        className={refused === undefined ? 'sr-only' : 'text-sm text-bad'}
      >
        {refused === undefined ? '' : `${t.events.filterUnknown(refused)} `}
        {t.events.filterHelp}
      </p>
      {chips.length > 0 ? (
        <ul className="flex flex-wrap gap-1.5">
          {chips.map((chip) => (
            <li key={`${chip.field}:${chip.value}`}>
              <button
                type="button"
                onClick={() => change(withoutChip(query, chip))}
                className="flex h-7 max-w-72 items-center gap-1.5 rounded-md border border-line bg-accent-soft px-2 text-xs text-accent hover:border-accent"
              >
                <span className="sr-only">{t.common.remove}</span>
                <span className="text-ink-2">{t.events.fields[chip.field]}</span>
                <span className="truncate font-mono">{chip.value}</span>
                <X aria-hidden className="size-3 shrink-0" />
              </button>
            </li>
          ))}
          {chips.length > 1 ? (
            <li>
              <button
                type="button"
                onClick={() => change({ ...NO_CLAUSES })}
                className="h-7 rounded-md px-2 text-xs text-ink-2 hover:bg-sunken"
              >
                {t.common.clear}
              </button>
            </li>
          ) : null}
        </ul>
      ) : null}
    </div>
  );
}

function RangeSelect({ state }: { readonly state: EventQueryState }) {
  const t = useT();
  const format = useFormat();
  const { query, change } = state;
  const { fromTime, toTime } = query;
  return (
    <select
      aria-label={t.events.range}
      value={query.range}
      onChange={(event) => {
        if (isRange(event.target.value)) change({ range: event.target.value, fromTime: null, toTime: null });
      }}
      className="h-9 max-w-full rounded-md border border-line-strong bg-surface px-2 text-sm"
    >
      {RANGES.map((range) => (
        <option key={range} value={range}>
          {t.events.ranges[range]}
        </option>
      ))}
      {query.range === 'custom' ? (
        <option value="custom">
          {t.events.custom(fromTime === null ? '…' : format.day(fromTime), toTime === null ? '…' : format.day(toTime))}
        </option>
      ) : null}
    </select>
  );
}

function Suggestions({ id, state }: { readonly id: string; readonly state: EventQueryState }) {
  const facets = useQuery(trpc.events.facets.queryOptions(timeSpan(state.filter, state.nowMs)));
  const { type = [], channel = [], agent = [], severity = [] } = facets.data ?? {};
  const families = [...new Set(type.map(({ value }) => `${value.split('.')[0]}.*`))];
  const words = [
    ...families.map((family) => `type:${family}`),
    ...type.map(({ value }) => `type:${value}`),
    ...severity.map(({ value }) => `severity:${value}`),
    ...channel.map(({ value }) => `channel:${value}`),
    ...agent.map(({ value }) => `agent:${value}`),
  ];
  return (
    <datalist id={id}>
      {words.map((word) => (
        <option key={word} value={word} />
      ))}
    </datalist>
  );
}
