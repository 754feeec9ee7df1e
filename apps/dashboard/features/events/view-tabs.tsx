'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import Bookmark from 'lucide-react/icons/bookmark';
import { type FormEvent, memo, useId, useRef, useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button, buttonLook } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { useSayError } from '../../ui/said.tsx';
import { toast } from '../../ui/toast.tsx';
import type { EventQuery } from './filter-url.ts';
import { keptOf, shownOf } from './saved-range.ts';
import type { EventQueryState } from './use-event-query.ts';

type View = Outputs['views']['list'][number];

/** The saved views as tabs: those that everybody has, one's own that are pinned, and the one that is open, with what was changed of it. */
export const ViewTabs = memo(function ViewTabs({ state }: { readonly state: EventQueryState }) {
  const t = useT();
  const { query, change } = state;
  const views = useQuery({ ...trpc.views.list.queryOptions(), staleTime: 60_000 });
  const all = views.data ?? [];
  const open = all.find(({ name }) => name === query.view) ?? all.find((view) => query.q !== '' && isShown(view, query));
  const shown = all.filter((view) => view.pinned || view.name === open?.name);
  const rest = all.filter((view) => !shown.includes(view));
  const isDirty = open !== undefined && !isShown(open, query);
  const show = (view: View) => change(addressOf(view));
  return (
    <div className="mb-2 flex items-center gap-2">
      <nav aria-label={t.views.title} className="min-w-0 flex-1 overflow-x-auto scroll-quiet">
        <ul className="flex gap-1">
          <Tab title={t.views.all} current={query.q === '' && !query.view} onOpen={() => change({ q: null, view: null, columns: null })} />
          {shown.map((view) => (
            <Tab
              key={view.name}
              title={titleOf(view, t.views.system)}
              current={view.name === open?.name}
              dirty={isDirty && view.name === open?.name}
              onOpen={() => show(view)}
            />
          ))}
          {rest.length > 0 ? (
            <li>
              <select
                aria-label={t.views.more}
                value=""
                onChange={(event) => {
                  const chosen = rest.find(({ name }) => name === event.target.value);
                  if (chosen) show(chosen);
                }}
                className="h-8 rounded-md bg-transparent px-2 text-sm text-ink-2"
              >
                <option value="">{t.views.moreCount(rest.length)}</option>
                {rest.map((view) => (
                  <option key={view.name} value={view.name}>
                    {view.label}
                  </option>
                ))}
              </select>
            </li>
          ) : null}
        </ul>
      </nav>
      {isDirty && open ? (
        <Button look="quiet" onClick={() => show(open)} className="h-8 text-xs">
          {t.views.reset}
        </Button>
      ) : null}
      <SaveView state={state} open={open} />
    </div>
  );
});

type TabProps = { readonly title: string; readonly current: boolean; readonly dirty?: boolean; readonly onOpen: () => void };

function Tab({ title, current, dirty = false, onOpen }: TabProps) {
  const t = useT();
  return (
    <li>
      <button
        type="button"
        aria-current={current ? 'true' : undefined}
        onClick={onOpen}
        className={classNames(
          'flex h-8 items-center gap-1.5 rounded-md px-2.5 text-sm whitespace-nowrap',
          current ? 'bg-accent-soft font-medium text-accent' : 'text-ink-2 hover:bg-sunken hover:text-ink',
        )}
      >
        {title}
        {dirty ? <span role="img" aria-label={t.views.dirty} title={t.views.dirty} className="size-1.5 rounded-full bg-warn" /> : null}
      </button>
    </li>
  );
}

/** Keeps what is shown under a name; one's own view of this name is replaced, or removed. */
function SaveView({ state, open }: { readonly state: EventQueryState; readonly open: View | undefined }) {
  const t = useT();
  const sayError = useSayError();
  const id = useId();
  const popover = useRef<HTMLElement>(null);
  const cache = useQueryClient();
  const own = open?.mine ? open : undefined;
  const [title, setTitle] = useState('');
  const [shared, setShared] = useState(false);
  const [pinned, setPinned] = useState(true);
  const begin = () => {
    setTitle(own?.label ?? '');
    setShared(own?.shared ?? false);
    setPinned(own?.pinned ?? true);
  };
  const done = (text: string) => {
    popover.current?.hidePopover();
    toast(text);
    void cache.invalidateQueries(trpc.views.pathFilter());
  };
  const save = useMutation(
    trpc.views.save.mutationOptions({
      onSuccess: (view) => {
        state.change({ view: view.name, q: shownOf(view).q }, true);
        done(t.views.saved);
      },
      onError: sayError,
    }),
  );
  const remove = useMutation(
    trpc.views.remove.mutationOptions({
      onSuccess: () => {
        state.change({ view: null }, true);
        done(t.views.removed);
      },
      onError: sayError,
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { columns } = state.query;
    const text = title.trim();
    if (text === '') return;
    const name = own && own.label === text ? own.name : nameOf(text);
    save.mutate({ name, label: text, ...keptOf(state.query), shared, pinned, ...(columns && { columns }) });
  };
  return (
    <>
      <button type="button" popoverTarget={id} onClick={begin} style={{ anchorName: '--save-view' }} className={buttonLook('plain')}>
        <Bookmark aria-hidden className="size-3.5" />
        {t.views.save}
      </button>
      <section
        ref={popover}
        id={id}
        popover="auto"
        aria-label={t.views.save}
        className="m-0 w-80 max-w-[94vw] rounded-lg border border-line bg-surface p-4 text-ink shadow-[var(--shadow)]"
        style={{ positionAnchor: '--save-view', top: 'anchor(bottom)', right: 'anchor(right)', left: 'auto' }}
      >
        <form onSubmit={submit} className="flex flex-col gap-3 text-sm">
          <label className="flex flex-col gap-1">
            {t.views.name}
            <input
              value={title}
              onChange={(event) => setTitle(event.target.value)}
              required
              maxLength={80}
              className="h-8 rounded-md border border-line-strong bg-canvas px-2"
            />
          </label>
          <Check title={t.views.pin} on={pinned} onChange={setPinned} />
          <Check title={t.views.share} on={shared} onChange={setShared} />
          <p className="text-xs text-ink-3">{t.views.whatIsKept}</p>
          <div className="flex gap-2">
            <Button type="submit" look="primary" disabled={save.isPending}>
              {own && own.label === title.trim() ? t.views.replace : t.views.save}
            </Button>
            {own ? (
              <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate({ name: own.name })}>
                {t.common.remove}
              </Button>
            ) : null}
          </div>
        </form>
      </section>
    </>
  );
}

type CheckProps = { readonly title: string; readonly on: boolean; readonly onChange: (on: boolean) => void };

function Check({ title, on, onChange }: CheckProps) {
  return (
    <label className="flex min-h-6 items-center gap-2">
      <input type="checkbox" checked={on} onChange={(event) => onChange(event.target.checked)} className="size-4 accent-(--accent)" />
      {title}
    </label>
  );
}

function addressOf(view: View): Partial<{ [K in keyof EventQuery]: EventQuery[K] | null }> {
  return { ...shownOf(view), columns: view.columns ?? null, view: view.name, selected: null };
}

/** A stretch of one's own is a change of a view only where that has another of its own. */
function isShown(view: View, now: EventQuery): boolean {
  const kept = shownOf(view);
  const shown = now.range === 'custom' ? now : shownOf({ query: now.q, range: now.range });
  const isItsTime =
    kept.range === 'custom'
      ? kept.fromTime === shown.fromTime && kept.toTime === shown.toTime
      : [kept.range, 'custom'].includes(shown.range);
  return kept.q === shown.q && isItsTime && (view.columns?.join() ?? '') === (now.columns?.join() ?? '');
}

function titleOf({ system, name, label }: View, titles: Readonly<Record<string, string>>): string {
  return system ? (titles[name] ?? label) : label;
}

/** What the view is called on the command line: latin letters and digits of its title, or a name made of the time. */
function nameOf(title: string): string {
  const name = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return name === '' ? `view-${Date.now().toString(36)}` : name;
}
