'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import ChevronRight from 'lucide-react/icons/chevron-right';
import { useState } from 'react';
import { client, type Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { ErrorState, Skeleton } from '../../ui/states.tsx';

type Part = Outputs['events']['part'];
type At = { readonly position: number; readonly path: readonly string[] };

/** The payload of an event that is too large to be fetched whole: each branch comes when it is opened, each text 64 KB at a time. */
export function LargePayload({ position }: { readonly position: number }) {
  const t = useT();
  return (
    <>
      <p className="bg-warn-soft px-4 py-2 text-sm text-warn">{t.event.large}</p>
      <div className="px-4 py-3 font-mono text-xs leading-5">
        <Branch position={position} path={[]} />
      </div>
    </>
  );
}

function usePart({ position, path }: At) {
  return useInfiniteQuery({
    queryKey: ['event-part', position, path],
    queryFn: ({ pageParam, signal }) => client.events.part.query({ position, path: [...path], offset: pageParam }, { signal }),
    initialPageParam: 0,
    getNextPageParam: ({ next, total }) => (next < total ? next : undefined),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function Branch(at: At) {
  const t = useT();
  const part = usePart(at);
  if (part.error) return <ErrorState error={part.error} onRetry={() => void part.refetch()} />;
  if (!part.data) return <Skeleton lines={2} />;
  const pages = part.data.pages.map((page) => ({ ...page, value: valueAt(page, at.path) }));
  const [first] = pages;
  if (!first) return null;
  const more = part.hasNextPage ? (
    <Button onClick={() => void part.fetchNextPage()} disabled={part.isFetchingNextPage} className="my-1 h-7 text-xs">
      {first.kind === 'text' ? t.event.loadText : t.json.showMore(first.total - (pages.at(-1)?.next ?? 0))}
    </Button>
  ) : null;
  if (first.kind === 'text' || first.kind === 'value') {
    return (
      <div>
        <span className="foreign-text break-words whitespace-pre-wrap">{pages.map(({ value }) => String(value)).join('')}</span>
        <div>{more}</div>
      </div>
    );
  }
  return (
    <div>
      {pages.flatMap(({ value, larger }) =>
        Object.entries((value ?? {}) as Readonly<Record<string, unknown>>).map(([name, child]) => (
          <Entry key={name} position={at.position} path={[...at.path, name]} name={name} value={child} size={larger[name]} />
        )),
      )}
      {more}
    </div>
  );
}

type EntryProps = At & { readonly name: string; readonly value: unknown; readonly size: Part['larger'][string] | undefined };

function Entry({ position, path, name, value, size }: EntryProps) {
  const t = useT();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  if (!size) {
    return (
      <div className="flex min-w-0 gap-2 pl-5">
        <span className="shrink-0 text-accent">{name}</span>
        <span className="foreign-text min-w-0">{JSON.stringify(value)}</span>
      </div>
    );
  }
  const note =
    size.kind === 'text'
      ? t.event.characters(format.number(size.total))
      : size.kind === 'list'
        ? t.json.items(size.total)
        : t.json.keys(size.total);
  return (
    <div className="min-w-0">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-6 items-center gap-1 rounded text-left hover:bg-sunken"
      >
        <ChevronRight aria-hidden className={classNames('size-4 shrink-0 text-ink-3 transition-transform', open && 'rotate-90')} />
        <span className="shrink-0 text-accent">{name}</span>
        <span className="text-ink-3">{note}</span>
      </button>
      {open ? (
        <div className="ml-2 border-l border-line pl-3">
          <Branch position={position} path={path} />
        </div>
      ) : null}
    </div>
  );
}

/** What lies under the path: it comes nested under its names. */
function valueAt({ value }: Part, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}
