'use client';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { client, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Command } from '../../ui/command.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { useSayError } from '../../ui/said.tsx';
import { EmptyState, Loaded, Skeleton } from '../../ui/states.tsx';
import { eventsUrl } from '../frame/links.ts';
import { Changes } from './changes.tsx';

const PAGE = 25;
type Version = Outputs['config']['versions']['versions'][number];

type HistoryProps = {
  readonly readOnly: boolean;
  readonly onCompare: (left: string, right: string) => void;
  /** Shows what a rollback would do. */
  readonly onRestore: (restored: { readonly text: string; readonly restores: string }) => void;
};

/** Every version that was in force, the newest first. */
export function HistoryTab({ readOnly, onCompare, onRestore }: HistoryProps) {
  const t = useT();
  const sayError = useSayError();
  const pages = useInfiniteQuery({
    queryKey: [...trpc.config.versions.queryKey({ limit: PAGE }), 'pages'],
    queryFn: ({ pageParam, signal }) =>
      client.config.versions.query({ limit: PAGE, ...(pageParam === undefined ? {} : { before: pageParam }) }, { signal }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
  });
  const restore = useMutation({
    mutationFn: (version: Version) => client.config.restored.query({ to: String(version.position) }),
    onSuccess: ({ text, position }) => onRestore({ text, restores: String(position) }),
    onError: sayError,
  });
  return (
    <Loaded query={pages} skeleton={<Skeleton lines={8} />}>
      {(data) => {
        const versions = data.pages.flatMap((page) => page.versions);
        if (versions.length === 0) {
          return (
            <EmptyState title={t.config.noVersion}>
              <Command text="openclaw config set session.dmScope per-peer" />
            </EmptyState>
          );
        }
        return (
          <div className="flex flex-col gap-2">
            <ol aria-label={t.config.versions} className="overflow-hidden rounded-lg border border-line bg-surface">
              {versions.map((version, index) => (
                <VersionRow
                  key={version.position}
                  version={version}
                  running={index === 0}
                  next={versions[index - 1]}
                  previous={versions[index + 1]}
                  readOnly={readOnly}
                  busy={restore.isPending}
                  onCompare={onCompare}
                  onRestore={() => restore.mutate(version)}
                />
              ))}
            </ol>
            <LoadMore pages={pages} className="" />
          </div>
        );
      }}
    </Loaded>
  );
}

type RowProps = {
  readonly version: Version;
  readonly running: boolean;
  /** The one that took its place. */
  readonly next: Version | undefined;
  readonly previous: Version | undefined;
  readonly readOnly: boolean;
  readonly busy: boolean;
  readonly onCompare: (left: string, right: string) => void;
  readonly onRestore: () => void;
};

function VersionRow({ version, running, next, previous, readOnly, busy, onCompare, onRestore }: RowProps) {
  const t = useT();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const { position, time, actor, source, hash, reason, restoredFrom, changes, restartNeeded, events } = version;
  return (
    <li data-version={hash} className="border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <code className="text-xs font-medium" title={hash}>
          {hash.slice(0, 12)}
        </code>
        {running ? <Badge tone="ok">{t.config.running}</Badge> : null}
        <Badge>{t.config.sources[source as keyof typeof t.config.sources] ?? source}</Badge>
        <a
          href={eventsUrl({ range: 'all', selected: position })}
          className="inline-flex min-h-6 items-center text-xs text-ink-3 underline figures"
        >
          <time title={format.full(time)} dateTime={new Date(time).toISOString()}>
            {format.day(time)}
          </time>
        </a>
        <span className="text-xs text-ink-2">{actor}</span>
        {events === 0 ? (
          <span className="text-xs text-ink-3 figures">{t.config.eventsUnder(format.number(0))}</span>
        ) : (
          <a
            href={eventsUrl({ q: recordedUnder(version, next), range: 'all' })}
            className="inline-flex min-h-6 items-center text-xs text-ink-3 underline figures"
          >
            {t.config.eventsUnder(format.number(events))}
          </a>
        )}
        <span className="flex flex-wrap gap-1 sm:ml-auto">
          <Button look="quiet" className="h-7 px-2" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t.config.changeCount(changes.length)}
          </Button>
          <Button
            look="quiet"
            className="h-7 px-2"
            onClick={() => onCompare(running && previous ? previous.hash : hash, running ? hash : 'running')}
          >
            {running ? t.config.compareBefore : t.config.compareRunning}
          </Button>
          {running || readOnly ? null : (
            <Button className="h-7 px-2" disabled={busy} onClick={onRestore}>
              {t.config.rollBack}
            </Button>
          )}
        </span>
      </div>
      {reason === undefined && restoredFrom === undefined ? null : (
        <p className="mt-1 text-sm text-ink-2">
          {reason} {restoredFrom === undefined ? null : t.config.restoredFrom(format.number(restoredFrom))}
        </p>
      )}
      {open ? (
        <div className="mt-3">
          <Changes changes={changes} restart={restartNeeded} />
        </div>
      ) : null}
    </li>
  );
}

/** What was recorded while the version was in force, in the query language. */
function recordedUnder({ position }: Version, next: Version | undefined): string {
  return next ? `seq:${position + 1}..${next.position - 1}` : `seq:>${position}`;
}
