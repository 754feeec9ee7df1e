'use client';
import Search from 'lucide-react/icons/search';
import X from 'lucide-react/icons/x';
import { type FormEvent, type ReactNode, useRef } from 'react';
import { useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { useKeys } from '../frame/keys.ts';
import { type AuditChange, type AuditQuery, CLASSES } from './audit-url.ts';

type Props = { readonly query: AuditQuery; readonly change: AuditChange; readonly children: ReactNode };

/** What the trail is narrowed to. `/` comes here. */
export function TrailFilters({ query, change, children }: Props) {
  const t = useT();
  const input = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => input.current?.focus() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change({ query: input.current?.value.trim() || null });
  };
  return (
    <div className="mb-3 flex flex-col gap-2 print:hidden">
      <div className="flex flex-wrap gap-2">
        <form onSubmit={submit} className="relative min-w-0 flex-1 basis-64">
          <Search aria-hidden className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-ink-3" />
          <input
            key={query.query}
            ref={input}
            type="search"
            aria-label={t.audit.filter}
            placeholder={t.audit.filterPlaceholder}
            defaultValue={query.query ?? ''}
            maxLength={2000}
            autoComplete="off"
            spellCheck={false}
            className="h-9 w-full rounded-md border border-line-strong bg-surface pr-3 pl-8 font-mono text-sm placeholder:text-ink-3"
          />
        </form>
        {children}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot lay out its buttons in lines */}
      <div role="group" aria-label={t.audit.classes} className="flex flex-wrap gap-1.5">
        {CLASSES.map((name) => {
          const on = query.classes?.includes(name) ?? false;
          const others = (query.classes ?? []).filter((other) => other !== name);
          const next = on ? others : [...others, name];
          return (
            <Toggle key={name} on={on} onClick={() => change({ classes: next.length > 0 ? next : null })}>
              {t.audit.class[name]}
            </Toggle>
          );
        })}
        <Toggle on={query.failed} onClick={() => change({ failed: query.failed ? null : true })}>
          {t.audit.failedOnly}
        </Toggle>
        {query.target === null ? null : <Chip name={t.audit.target} value={query.target} onRemove={() => change({ target: null })} />}
        {query.actor === null ? null : <Chip name={t.audit.who} value={query.actor} onRemove={() => change({ actor: null })} />}
      </div>
    </div>
  );
}

function Toggle({ on, onClick, children }: { readonly on: boolean; readonly onClick: () => void; readonly children: ReactNode }) {
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={onClick}
      className={classNames(
        'h-7 rounded-full border px-2.5 text-xs',
        on ? 'border-accent bg-accent-soft font-medium text-accent' : 'border-line bg-surface text-ink-2 hover:bg-sunken',
      )}
    >
      {children}
    </button>
  );
}

function Chip({ name, value, onRemove }: { readonly name: string; readonly value: string; readonly onRemove: () => void }) {
  const t = useT();
  return (
    <button
      type="button"
      onClick={onRemove}
      className="flex h-7 max-w-72 items-center gap-1.5 rounded-md border border-line bg-accent-soft px-2 text-xs text-accent hover:border-accent"
    >
      <span className="sr-only">{t.common.remove}</span>
      <span className="text-ink-2">{name}</span>
      <span className="truncate font-mono">{value}</span>
      <X aria-hidden className="size-3 shrink-0" />
    </button>
  );
}
