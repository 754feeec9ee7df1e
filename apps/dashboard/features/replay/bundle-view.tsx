'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { type BundleInspection, inspectBundle } from '../../data/bundles.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { Loaded } from '../../ui/states.tsx';

/** A bundle that is not whole: first what is wrong with it, then what can be read, as it is. */
export function BundleView({ file }: { readonly file: File }) {
  const t = useT();
  const key = useId();
  const pages = useInfiniteQuery({
    queryKey: ['replays', 'inspect', key],
    queryFn: ({ pageParam, signal }) => inspectBundle(file, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  return (
    <Loaded query={pages}>
      {({ pages: [first, ...more] }) =>
        first ? (
          <div className="flex min-w-0 flex-col gap-3">
            <Findings inspection={first} />
            <Events inspection={first} events={[first, ...more].flatMap(({ events }) => events)} />
            <LoadMore pages={pages} title={t.replay.moreLines} className="" />
          </div>
        ) : null
      }
    </Loaded>
  );
}

function Findings({ inspection: { findings, findingsCount } }: { readonly inspection: BundleInspection }) {
  const t = useT();
  return (
    <section aria-label={t.replay.bundleWrong} className="rounded-lg border border-line border-l-4 border-l-bad bg-surface p-4 text-sm">
      <h3 className="font-semibold">{t.replay.bundleFindings(findingsCount)}</h3>
      <p className="mb-2 text-ink-2">{t.replay.bundleRefused}</p>
      <ol className="flex max-h-96 flex-col gap-2 overflow-y-auto scroll-quiet">
        {findings.map(({ where, position, problem, expected, found }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: findings never change
          <li key={index} className="min-w-0 border-t border-line pt-2">
            <p className="foreign-text">
              <strong className="font-mono text-xs">{position === undefined ? where : t.replay.wherePosition(where, position)}</strong>{' '}
              {problem}
            </p>
            <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 font-mono text-xs [overflow-wrap:anywhere]">
              {expected === undefined ? null : (
                <>
                  <dt className="text-ink-3">{t.replay.expected}</dt>
                  <dd className="foreign-text">{expected}</dd>
                </>
              )}
              {found === undefined ? null : (
                <>
                  <dt className="text-ink-3">{t.replay.found}</dt>
                  <dd className="text-bad foreign-text">{found}</dd>
                </>
              )}
            </dl>
          </li>
        ))}
      </ol>
      {findingsCount > findings.length ? (
        <p className="mt-2 text-xs text-ink-3">{t.replay.moreFindings(findingsCount - findings.length)}</p>
      ) : null}
    </section>
  );
}

type EventsProps = { readonly inspection: BundleInspection; readonly events: BundleInspection['events'] };

function Events({ inspection: { lines, readable }, events }: EventsProps) {
  const t = useT();
  const format = useFormat();
  if (lines === 0) return <p className="text-sm text-ink-2">{t.replay.bundleNothing}</p>;
  return (
    <section aria-label={t.replay.bundleEvents} className="min-w-0 rounded-lg border border-line">
      <h3 className="px-4 py-2 text-sm font-semibold">{t.replay.readable(format.number(readable), format.number(lines))}</h3>
      <ol className="divide-y divide-line border-t border-line text-xs">
        {events.map(({ line, position, time, type, summary, content, findings }) => (
          <li key={line}>
            <details>
              <summary className="flex min-h-7 cursor-pointer flex-wrap items-center gap-x-3 px-4 py-1 hover:bg-sunken">
                <span className="text-ink-3 figures">{position ?? t.replay.line(line)}</span>
                {findings > 0 ? <Badge tone="bad">{t.replay.wrong(findings)}</Badge> : null}
                <span className="font-mono">{type ?? t.replay.unreadable}</span>
                <span className="min-w-0 flex-1 truncate text-ink-2 foreign-text">{summary ?? content}</span>
                {time === undefined ? null : <span className="text-ink-3 figures">{format.day(time)}</span>}
              </summary>
              <pre className="max-h-80 overflow-auto bg-sunken px-4 py-2 whitespace-pre-wrap scroll-quiet [overflow-wrap:anywhere] foreign-text">
                {content}
              </pre>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}
