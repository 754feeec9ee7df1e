'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import ChevronRight from 'lucide-react/icons/chevron-right';
import { useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { classNames } from '../../ui/class-names.ts';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { PatchList } from '../session/patch-list.tsx';
import { VERDICT_TONES } from './verdict-strip.tsx';

type Turn = Outputs['replays']['turn'];
type Pair = Turn['events'][number];

const TABS = ['conversation', 'events'] as const;

type TurnDiffProps = { readonly runId: string; readonly message: number; readonly isChanged: boolean };

/** One message then and now: what was said, and every event beside the one that took its place. */
export function TurnDiff({ runId, message, isChanged }: TurnDiffProps) {
  const t = useT();
  const [tab, setTab] = useState<(typeof TABS)[number]>('conversation');
  const query = useQuery({
    ...trpc.replays.turn.queryOptions({ id: runId, message }),
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
        <Loaded query={query}>{(turn) => (tab === 'conversation' ? <SideBySide turn={turn} /> : <Events events={turn.events} />)}</Loaded>
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
    </div>
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

function Events({ events }: { readonly events: readonly Pair[] }) {
  const t = useT();
  const first = events.findIndex(isOtherwise);
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
          <EventPair pair={pair} />
        </li>
      ))}
    </ol>
  );
}

const isOtherwise = (pair: Pair) => !pair.recorded || !pair.replayed || pair.patch.length > 0;

function EventPair({ pair }: { readonly pair: Pair }) {
  const [open, setOpen] = useState(false);
  const otherwise = isOtherwise(pair);
  return (
    <div className={classNames('border-b border-line', otherwise && 'bg-warn-soft/40')}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="grid min-h-7 w-full grid-cols-[1.25rem_minmax(0,1fr)_minmax(0,1fr)] items-center gap-2 px-4 text-left hover:bg-sunken"
      >
        <ChevronRight aria-hidden className={classNames('size-3.5 text-ink-3 transition-transform', open && 'rotate-90')} />
        <Cell event={pair.recorded} />
        <Cell event={pair.replayed} marked={otherwise} />
      </button>
      {open ? (
        pair.recorded && pair.replayed && pair.patch.length > 0 ? (
          <PatchList patch={pair.patch} before={pair.recorded.data} />
        ) : (
          <JsonTree value={(pair.recorded ?? pair.replayed)?.data} />
        )
      ) : null}
    </div>
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
