'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import ChevronRight from 'lucide-react/icons/chevron-right';
import { type ReactNode, useId, useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { classNames } from '../../ui/class-names.ts';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { eventsUrl } from '../frame/links.ts';
import { PatchList } from '../session/patch-list.tsx';
import { type Run, VERDICT_TONES, VERDICTS } from './verdict-strip.tsx';

type Turn = Outputs['replays']['turn'];
type Pair = Turn['events'][number];

const TABS = ['conversation', 'events'] as const;
/** Of a long chain the last links say what happened. */
const SHOWN_CAUSES = 12;

type TurnDiffProps = { readonly run: Run; readonly message: number; readonly isChanged: boolean };

/** One message then and now: what was said, and every event beside the one that took its place. */
export function TurnDiff({ run, message, isChanged }: TurnDiffProps) {
  const t = useT();
  const [tab, setTab] = useState<(typeof TABS)[number]>('conversation');
  const query = useQuery({
    ...trpc.replays.turn.queryOptions({ id: run.id, message }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  return (
    <Panel title={t.replay.message(message)} note={isChanged ? t.replay.withChange : t.replay.withoutChange}>
      <Tabs
        label={t.replay.message(message)}
        tabs={TABS.map((name) => ({ name, title: t.replay.turnTabs[name] }))}
        selected={tab}
        onSelect={setTab}
      >
        <Loaded query={query}>
          {(turn) =>
            tab === 'conversation' ? (
              <SideBySide turn={turn} />
            ) : (
              <Events key={turn.messageId} events={turn.events} isHere={run.source.kind === 'session'} />
            )
          }
        </Loaded>
      </Tabs>
    </Panel>
  );
}

function SideBySide({ turn }: { readonly turn: Turn }) {
  const t = useT();
  return (
    <div className="flex flex-col gap-3 p-4 text-sm">
      <p className="self-end rounded-xl rounded-br-sm bg-accent-soft px-3 py-2 foreign-text">{turn.text}</p>
      <div className="grid gap-3 sm:grid-cols-2">
        <Side title={t.route.before} side={turn.recorded} />
        <Side title={t.route.after} side={turn.replayed} isOther={turn.recorded.reply !== turn.replayed.reply} />
      </div>
      <p>
        <Badge tone={VERDICT_TONES[turn.verdict]}>{t.replay.verdicts[turn.verdict]}</Badge>
      </p>
      {turn.missed.map((what) => (
        <p key={what} className="text-warn">
          {t.replay.missed} <code className="font-mono text-xs foreign-text">{what}</code>
        </p>
      ))}
      {turn.spread && turn.spread.runs > 1 ? <Answers spread={turn.spread} shown={turn.run ?? 1} /> : null}
    </div>
  );
}

/** Every answer that the runs gave, the most frequent first. */
function Answers({ spread: { answers, verdicts, runs }, shown }: { readonly spread: NonNullable<Turn['spread']>; readonly shown: number }) {
  const t = useT();
  const format = useFormat();
  const met = VERDICTS.flatMap((verdict) =>
    verdict === 'unfaithful' || !verdicts[verdict] ? [] : [[verdict, verdicts[verdict]] as const],
  );
  return (
    <section aria-label={t.replay.answers} className="flex min-w-0 flex-col gap-2">
      <h3 className="text-xs font-medium text-ink-3">
        {t.replay.distinct(answers.length, runs)} · {t.replay.shownRun(shown)}
      </h3>
      <p className="flex flex-wrap gap-1.5">
        {met.map(([verdict, times]) => (
          <Badge key={verdict} tone={VERDICT_TONES[verdict]}>
            {t.replay.verdicts[verdict]} <strong className="figures">{format.number(times)}</strong>
          </Badge>
        ))}
      </p>
      <ul className="flex flex-col divide-y divide-line rounded-md border border-line">
        {answers.map(({ text, runs: given }) => (
          <li key={given.join()} className="grid gap-x-3 px-3 py-2 sm:grid-cols-[7rem_minmax(0,1fr)]">
            <span className="text-xs text-ink-3 figures">{t.replay.inRuns(given.length, given.join(', '))}</span>
            <span className="foreign-text">{text ?? <span className="text-ink-3">{t.replay.noReply}</span>}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Side({ title, side, isOther = false }: { readonly title: string; readonly side: Turn['recorded']; readonly isOther?: boolean }) {
  const t = useT();
  return (
    <section aria-label={title} className="flex min-w-0 flex-col gap-1.5">
      <h3 className="text-xs font-medium text-ink-3">
        {title}
        {side.agentId ? ` · ${side.agentId} · ${side.model ?? ''}` : ''}
      </h3>
      {side.effects.map((effect) => (
        <code key={effect} className="rounded-md border border-line px-2 py-1 font-mono text-xs foreign-text">
          {effect}
        </code>
      ))}
      <p className={classNames('rounded-xl rounded-bl-sm bg-sunken px-3 py-2 foreign-text', isOther && 'ring-1 ring-accent')}>
        {side.reply ?? <span className="text-ink-3">{t.replay.noReply}</span>}
      </p>
    </section>
  );
}

function Events({ events, isHere }: { readonly events: readonly Pair[]; readonly isHere: boolean }) {
  const t = useT();
  const id = useId();
  const first = events.findIndex(isOtherwise);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (place: number) => setOpen((before) => (before.has(place) ? without(before, place) : new Set([...before, place])));
  const goTo = (place: number) => {
    setOpen((before) => new Set([...before, place]));
    document.getElementById(`${id}-${place}`)?.focus();
  };
  return (
    <ol aria-label={t.replay.turnTabs.events} className="flex flex-col text-xs">
      <li className="grid grid-cols-[1.25rem_minmax(0,1fr)_minmax(0,1fr)] gap-2 border-b border-line px-4 py-1.5 text-ink-3">
        <span />
        <span>{t.route.before}</span>
        <span>{t.route.after}</span>
      </li>
      {events.map((pair, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is what a pair is
        <li key={index}>
          {index === first ? (
            <p className="flex items-center gap-3 px-4 py-1 text-bad before:h-px before:flex-1 before:bg-bad after:h-px after:flex-1 after:bg-bad">
              {t.replay.divergesHere}
            </p>
          ) : null}
          <EventPair id={`${id}-${index}`} pair={pair} open={open.has(index)} onToggle={() => toggle(index)}>
            {pair.causes && pair.causes.length > 0 ? (
              <Causes causes={pair.causes} events={events} hrefOf={(place) => `#${id}-${place}`} onGo={goTo} />
            ) : null}
            {isHere && pair.position !== undefined ? (
              <Link
                href={eventsUrl({ range: 'all', selected: pair.position })}
                className="inline-flex min-h-6 items-center px-4 text-accent figures hover:underline"
              >
                {t.replay.inTheLog(pair.position)}
              </Link>
            ) : null}
          </EventPair>
        </li>
      ))}
    </ol>
  );
}

function without(places: ReadonlySet<number>, gone: number): ReadonlySet<number> {
  return new Set([...places].filter((place) => place !== gone));
}

const isOtherwise = (pair: Pair) => !pair.recorded || !pair.replayed || pair.patch.length > 0;

type EventPairProps = {
  readonly id: string;
  readonly pair: Pair;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly children: ReactNode;
};

function EventPair({ id, pair, open, onToggle, children }: EventPairProps) {
  const otherwise = isOtherwise(pair);
  return (
    <div className={classNames('border-b border-line', otherwise && 'bg-warn-soft/40')}>
      <button
        type="button"
        id={id}
        aria-expanded={open}
        onClick={onToggle}
        className="grid min-h-7 w-full grid-cols-[1.25rem_minmax(0,1fr)_minmax(0,1fr)] items-center gap-2 px-4 text-left hover:bg-sunken"
      >
        <ChevronRight aria-hidden className={classNames('size-3.5 text-ink-3 transition-transform', open && 'rotate-90')} />
        <Cell event={pair.recorded} />
        <Cell event={pair.replayed} marked={otherwise} />
      </button>
      {open ? (
        <>
          {children}
          {pair.recorded && pair.replayed && pair.patch.length > 0 ? (
            <PatchList patch={pair.patch} before={pair.recorded.data} />
          ) : (
            <JsonTree value={(pair.recorded ?? pair.replayed)?.data} />
          )}
        </>
      ) : null}
    </div>
  );
}

type CausesProps = {
  readonly causes: readonly number[];
  readonly events: readonly Pair[];
  readonly hrefOf: (place: number) => string;
  readonly onGo: (place: number) => void;
};

/** What led to an event, from the message on; each link opens its event in the list. */
function Causes({ causes, events, hrefOf, onGo }: CausesProps) {
  const t = useT();
  const shown = causes.slice(-SHOWN_CAUSES);
  return (
    <nav aria-label={t.replay.causes} className="px-4 py-1.5">
      <ol className="flex flex-wrap items-center gap-x-1.5">
        <li className="text-ink-3">
          {t.replay.causes}
          {shown.length < causes.length ? ` ${t.replay.earlierCauses(causes.length - shown.length)}` : ''}
        </li>
        {shown.map((place, index) => (
          <li key={place} className="flex items-center gap-1.5">
            {index > 0 ? <span aria-hidden>→</span> : null}
            <a
              href={hrefOf(place)}
              onClick={(event) => {
                event.preventDefault();
                onGo(place);
              }}
              className={classNames(
                'inline-flex min-h-6 items-center font-mono text-accent hover:underline',
                events[place] && isOtherwise(events[place]) && 'font-semibold',
              )}
            >
              {events[place]?.replayed?.type ?? events[place]?.recorded?.type}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Cell({ event, marked = false }: { readonly event: Pair['recorded']; readonly marked?: boolean }) {
  if (!event) return <span className="text-ink-3">–</span>;
  return (
    <span className="min-w-0 truncate">
      <span className={classNames('font-mono', marked && 'font-semibold', event.severity === 'error' && 'text-bad')}>{event.type}</span>{' '}
      <span className="text-ink-2">{event.summary}</span>
    </span>
  );
}
