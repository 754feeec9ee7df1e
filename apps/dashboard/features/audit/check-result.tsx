'use client';
import { useQuery } from '@tanstack/react-query';
import CircleAlert from 'lucide-react/icons/circle-alert';
import CircleCheck from 'lucide-react/icons/circle-check';
import type { ReactNode } from 'react';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Command, CopyButton } from '../../ui/command.tsx';
import { Link } from '../../ui/link.tsx';
import { eventsUrl } from '../frame/links.ts';
import type { Check } from './verify-view.tsx';

type Result = NonNullable<Check['result']>;
type Break = NonNullable<Result['break']>;

const NEIGHBOURS = 3;

/** What a check of the log came to: good up to where, by whose word, and what it could not find. Or where it breaks and what to do. */
export function CheckResult({ check, result }: { readonly check: Check; readonly result: Result }) {
  const t = useT();
  const format = useFormat();
  const { break: broken } = result;
  const Icon = broken ? CircleAlert : CircleCheck;
  return (
    <section
      aria-label={t.audit.result}
      data-testid="check-result"
      className={`rounded-lg border border-line border-l-4 bg-surface p-4 text-sm ${broken ? 'border-l-bad' : 'border-l-ok'}`}
    >
      <p
        role={broken ? 'alert' : undefined}
        className={`flex items-start gap-2 text-base font-semibold ${broken ? 'text-bad' : 'text-ok'}`}
      >
        <Icon aria-hidden className="mt-0.5 size-5 shrink-0" />
        {broken ? t.audit.broken(format.number(broken.position)) : t.audit.intact(format.number(result.to))}
      </p>
      {broken ? <BreakFacts broken={broken} /> : null}
      <dl className="mt-3 grid grid-cols-[9rem_minmax(0,1fr)] gap-y-1.5">
        <Fact name={t.audit.checked}>
          {result.to < result.from ? t.audit.nothingNew : `${format.number(result.from)} – ${format.number(result.to)}`}
        </Fact>
        <Fact name={t.audit.checkpoints}>
          {result.checkpoints > 0
            ? t.audit.checkpointsGood(result.checkpoints, format.number(result.checkpointedTo))
            : t.audit.noCheckpoints}
        </Fact>
        <Fact name={t.audit.witness}>
          {result.witnessed > 0 ? t.audit.witnessed(result.witnessed, format.number(result.witnessedTo)) : t.audit.noWitness}
          {check.witness === undefined ? null : <span className="ml-2 font-mono text-xs text-ink-3">{check.witness}</span>}
        </Fact>
        {result.archivedBodies > 0 ? <Fact name={t.audit.gaps}>{t.audit.archived(result.archivedBodies)}</Fact> : null}
        {result.removedBodies > 0 ? (
          <Fact name={t.audit.gaps}>
            {t.audit.removed(result.removedBodies)}{' '}
            <Link href={eventsUrl({ types: ['data.*'], range: 'all' })} className="text-accent hover:underline">
              {t.audit.showReasons}
            </Link>
          </Fact>
        ) : null}
        <Fact name={t.audit.root}>
          <Hash text={result.root} />
        </Fact>
        <Fact name={t.audit.took}>
          {format.duration(result.durationMs)} · {t.audit.by(check.startedBy ?? '', format.full(check.endedAt ?? 0))}
        </Fact>
      </dl>
      {broken ? null : <Limits check={check} result={result} />}
    </section>
  );
}

function BreakFacts({ broken }: { readonly broken: Break }) {
  const t = useT();
  const format = useFormat();
  const reasons: Readonly<Record<string, string>> = t.audit.breakReasons;
  return (
    <>
      <dl className="mt-3 grid grid-cols-[9rem_minmax(0,1fr)] gap-y-1.5">
        <Fact name={t.audit.firstBad}>
          <span data-testid="first-bad">
            {format.number(broken.position)}
            {broken.through === undefined ? null : ` – ${format.number(broken.through)}`}
          </span>
        </Fact>
        <Fact name={t.audit.why}>{reasons[broken.reason] ?? broken.message}</Fact>
        <Fact name={t.audit.expected}>
          <Hash text={broken.expected} />
        </Fact>
        <Fact name={t.audit.found}>
          <Hash text={broken.actual} />
        </Fact>
        <Fact name={t.audit.goodTo}>{format.number(Math.max(0, broken.position - 1))}</Fact>
      </dl>
      <Neighbours position={broken.position} />
      <div className="mt-3 rounded-md bg-bad-soft px-3 py-2">
        <p className="font-medium">{t.audit.whatToDo}</p>
        <ol className="mt-1 flex list-decimal flex-col gap-1 pl-5 text-ink-2">
          <li>
            {t.audit.doStop} <Command text="openclaw gateway stop" />
          </li>
          <li>{t.audit.doKeep}</li>
          <li>
            {t.audit.doRestore} <Command text="openclaw backup restore <file>" />
          </li>
        </ol>
      </div>
    </>
  );
}

/** The events around the break, as far as they can be read. */
function Neighbours({ position }: { readonly position: number }) {
  const t = useT();
  const format = useFormat();
  const around = useQuery(trpc.events.list.queryOptions({ filter: {}, before: position + NEIGHBOURS + 1, limit: 2 * NEIGHBOURS + 1 }));
  if (!around.data || around.data.rows.length === 0) return null;
  return (
    <div className="mt-3">
      <h3 className="text-xs font-medium text-ink-3">{t.audit.neighbours}</h3>
      <ul className="mt-1 flex flex-col">
        {around.data.rows.toReversed().map((row) => (
          <li key={row.position} className={row.position === position ? 'rounded bg-bad-soft' : ''}>
            <Link
              href={eventsUrl({ range: 'all', selected: row.position })}
              className="grid min-h-6 grid-cols-[5rem_11rem_minmax(0,1fr)] gap-2 px-1 text-xs hover:text-accent max-sm:grid-cols-[4rem_minmax(0,1fr)]"
            >
              <span className="text-ink-3 figures">{format.number(row.position)}</span>
              <span className="truncate font-mono">{row.type}</span>
              <span className="truncate text-ink-2 max-sm:hidden">{row.summary}</span>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Limits({ check, result }: { readonly check: Check; readonly result: Result }) {
  const t = useT();
  const format = useFormat();
  const covered = Math.max(result.checkpointedTo, result.witnessedTo, result.from - 1);
  const limits = [
    ...(result.from > 1
      ? [
          result.continues === undefined
            ? t.audit.partNot(format.number(result.from - 1))
            : t.audit.partBefore(format.number(result.from - 1), format.full(result.continues)),
        ]
      : []),
    ...(check.witness === undefined
      ? [t.audit.limitTail]
      : result.witnessedTo < result.to
        ? [t.audit.witnessBehind(format.number(result.witnessedTo))]
        : []),
    ...(covered < result.to ? [t.audit.uncovered(format.number(covered + 1), format.number(result.to))] : []),
  ];
  if (limits.length === 0) return null;
  return (
    <div className="mt-3 border-t border-line pt-3">
      <h3 className="text-xs font-medium text-ink-3">{t.audit.couldNot}</h3>
      <ul className="mt-1 flex list-disc flex-col gap-1 pl-5 text-ink-2">
        {limits.map((limit) => (
          <li key={limit}>{limit}</li>
        ))}
      </ul>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

export function Hash({ text }: { readonly text: string }) {
  const t = useT();
  return (
    <span className="flex items-start gap-1">
      <code className="min-w-0 font-mono text-xs leading-6 break-all">{text}</code>
      {text ? <CopyButton text={text} label={t.common.copy} /> : null}
    </span>
  );
}
