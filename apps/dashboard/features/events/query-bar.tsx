'use client';
import { useQuery } from '@tanstack/react-query';
import Search from 'lucide-react/icons/search';
import X from 'lucide-react/icons/x';
import { type KeyboardEvent, memo, useEffect, useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { bodyOf, client, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import type { Problem } from '../../i18n/said.ts';
import { classNames } from '../../ui/class-names.ts';
import { Said } from '../../ui/said.tsx';
import { keysMeant } from '../frame/key-choice.ts';
import { keysOf, useKeys } from '../frame/keys.ts';
import { clausesOf, withoutClause } from './clauses.ts';
import { positionIn } from './filter.ts';
import { type Suggestion, suggest, wordAt } from './suggestions.ts';
import type { EventQueryState } from './use-event-query.ts';
import type { LiveValues } from './use-facets.ts';
import { useMeaning } from './use-meaning.ts';

type Refusal = { readonly problem: Problem | undefined; readonly caret: string | undefined };
type QueryBarProps = { readonly state: EventQueryState; readonly live: LiveValues };

/** What the list is narrowed to, as text and as chips; either changes the other. `/` comes here. */
export const QueryBar = memo(function QueryBar({ state, live }: QueryBarProps) {
  const t = useT();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const { query, change, undo } = state;
  const [text, setText] = useState(query.q);
  const [refused, setRefused] = useState<Refusal>();
  const [options, setOptions] = useState<readonly Suggestion[]>([]);
  const [chosen, setChosen] = useState(-1);
  const meaningOf = useMeaning();
  const fields = useQuery({ ...trpc.events.fields.queryOptions(), staleTime: Number.POSITIVE_INFINITY });

  useEffect(() => {
    setText(query.q);
    setRefused(undefined);
  }, [query.q]);

  useKeys({ '/': () => input.current?.focus(), 'Mod+z': undo });

  const offer = (value: string, caret: number) => {
    setChosen(-1);
    setOptions(suggest(wordAt(value, caret).word, fields.data ?? [], live, meaningOf));
  };

  // Who was faster than the fields gets them for what is written by now.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only their arrival is a reason
  useEffect(() => {
    const field = input.current;
    if (field && document.activeElement === field && field.value !== query.q)
      offer(field.value, field.selectionStart ?? field.value.length);
  }, [fields.data]);

  const accept = ({ text: completed }: Suggestion) => {
    const caret = input.current?.selectionStart ?? text.length;
    const { start, end } = wordAt(text, caret);
    const isField = completed.endsWith(':');
    const next = `${text.slice(0, start)}${completed}${isField ? '' : ' '}${text.slice(end).trimStart()}`;
    // What is typed next must find the caret there, however soon it comes.
    flushSync(() => setText(next));
    const at = start + completed.length + (isField ? 0 : 1);
    input.current?.setSelectionRange(at, at);
    if (isField) offer(next, at);
    else setOptions([]);
  };

  const submit = async () => {
    setOptions([]);
    const position = positionIn(text);
    if (position !== undefined) {
      setText(query.q);
      change({ selected: position }, true);
      return;
    }
    const wanted = text.trim();
    try {
      if (wanted !== '') await client.events.check.query({ query: wanted });
      setRefused(undefined);
      change({ q: wanted });
    } catch (failure) {
      const body = bodyOf(failure);
      const { problem, caret } = (body?.details ?? {}) as { readonly problem?: string; readonly caret?: string };
      setRefused({ problem: body && { ...body, message: problem ?? body.message }, caret });
    }
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const option = options[chosen];
    if (step !== 0 && options.length > 0) {
      event.preventDefault();
      setChosen((at) => (at + step + options.length + (at < 0 && step < 0 ? 1 : 0)) % options.length);
    } else if ((event.key === 'Enter' && option) || (event.key === 'Tab' && !event.shiftKey && (option ?? options.length === 1))) {
      const taken = option ?? options[0];
      if (!taken) return;
      event.preventDefault();
      accept(taken);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      void submit();
    } else if (event.key === 'Escape') {
      if (options.length > 0) setOptions([]);
      else event.currentTarget.blur();
    } else if ((event.metaKey || event.ctrlKey) && keysMeant(keysOf(event)) === 'Mod+z' && text === query.q) {
      // The field is left alone by shortcuts; this one is taken where there is nothing written to take back.
      if (undo()) event.preventDefault();
    }
  };

  return (
    <div className="mb-3 flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        <div className="relative min-w-0 flex-1 basis-72">
          <Search aria-hidden className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-ink-3" />
          <input
            ref={input}
            type="text"
            role="combobox"
            aria-label={t.events.filter}
            aria-expanded={options.length > 0}
            aria-controls={`${id}-options`}
            aria-activedescendant={chosen >= 0 ? `${id}-${chosen}` : undefined}
            aria-autocomplete="list"
            aria-describedby={`${id}-help`}
            aria-invalid={refused !== undefined}
            placeholder={t.events.filterPlaceholder}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            maxLength={2000}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setRefused(undefined);
              offer(event.target.value, event.target.selectionStart ?? event.target.value.length);
            }}
            onKeyDown={onKeyDown}
            onBlur={() => setOptions([])}
            className={classNames(
              'h-9 w-full rounded-md border bg-surface pr-9 pl-8 font-mono text-sm placeholder:text-ink-3',
              refused ? 'border-bad' : 'border-line-strong',
            )}
          />
          {text === '' ? null : (
            <button
              type="button"
              aria-label={t.common.clear}
              title={t.common.clear}
              onClick={() => {
                setText('');
                change({ q: null });
                input.current?.focus();
              }}
              className="absolute top-1.5 right-1.5 grid size-6 place-items-center rounded text-ink-3 hover:bg-sunken hover:text-ink"
            >
              <X aria-hidden className="size-3.5" />
            </button>
          )}
          <div
            id={`${id}-options`}
            role="listbox"
            aria-label={t.events.suggestions}
            hidden={options.length === 0}
            className="absolute top-10 right-0 left-0 z-30 max-h-80 overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-[var(--shadow)]"
          >
            {options.map((option, at) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field that owns the list
              <div
                key={option.text}
                id={`${id}-${at}`}
                role="option"
                tabIndex={-1}
                aria-selected={at === chosen}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => accept(option)}
                className={classNames(
                  'flex min-h-7 cursor-pointer items-center gap-3 rounded px-2 text-sm',
                  at === chosen ? 'bg-accent-soft' : 'hover:bg-sunken',
                )}
              >
                <span className="shrink-0 font-mono">{option.text}</span>
                <span className="min-w-0 truncate text-xs text-ink-3">{option.note}</span>
              </div>
            ))}
          </div>
        </div>
      </div>
      <p id={`${id}-help`} className="sr-only">
        {t.events.filterHelp}
      </p>
      {refused ? (
        <div role="alert" className="rounded-md bg-bad-soft px-3 py-2 text-sm text-bad">
          <p>{refused.problem ? <Said problem={refused.problem} /> : t.common.unreachable}</p>
          {refused.caret ? <pre className="mt-1 overflow-x-auto font-mono text-xs leading-4">{refused.caret}</pre> : null}
        </div>
      ) : null}
      <Chips state={state} />
    </div>
  );
});

function Chips({ state: { query, change } }: { readonly state: EventQueryState }) {
  const t = useT();
  const clauses = clausesOf(query.q);
  if (clauses.length === 0) return null;
  return (
    <ul aria-label={t.events.clauses} className="flex flex-wrap gap-1.5">
      {clauses.map((clause) => (
        <li key={clause.start}>
          <button
            type="button"
            aria-label={t.events.removeClause(clause.text)}
            title={t.events.removeClause(clause.text)}
            onClick={() => change({ q: withoutClause(query.q, clause) })}
            className={classNames(
              'flex h-7 max-w-80 items-center gap-1.5 rounded-md border px-2 font-mono text-xs',
              clause.negated
                ? 'border-line bg-bad-soft text-bad hover:border-bad'
                : 'border-line bg-accent-soft text-accent hover:border-accent',
            )}
          >
            <span className="truncate">{clause.text}</span>
            <X aria-hidden className="size-3 shrink-0" />
          </button>
        </li>
      ))}
    </ul>
  );
}
