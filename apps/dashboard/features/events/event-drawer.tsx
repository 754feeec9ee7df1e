'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import ChevronLeft from 'lucide-react/icons/chevron-left';
import ChevronRight from 'lucide-react/icons/chevron-right';
import { client, type Outputs, trpc } from '../../data/trpc.ts';
import { event } from '../../i18n/en/event.ts';
import { events } from '../../i18n/en/events.ts';
import { logs } from '../../i18n/en/logs.ts';
import { useFormat, useT, withText } from '../../i18n/index.tsx';
import { IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/command.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { later } from '../../ui/later.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useKeys } from '../frame/keys.ts';
import { clauseFor } from './clause-for.ts';
import { CopyMenu, copyLink, copyWholeEvent } from './copy-menu.tsx';
import { EventCausality } from './event-causality.tsx';
import { EventContext } from './event-context.tsx';
import { EventSummary } from './event-facts.tsx';
import { EventHistory } from './event-history.tsx';
import { EventIntegrity } from './event-integrity.tsx';
import { EVENT_TABS } from './filter-url.ts';
import { LargePayload } from './large-payload.tsx';
import type { EventQueryState } from './use-event-query.ts';
import { useReplayFrom } from './use-replay-from.ts';

const Reveal = later(() => import('./reveal.tsx').then((module) => module.Reveal));

export type EventDetail = Outputs['events']['get'];

/** More of an event's JSON than this is not written out at once. */
const MOST_RAW_CHARS = 64 * 1024;

type EventDrawerProps = {
  readonly position: number;
  readonly state: EventQueryState;
  readonly onSelect: (position: number | null) => void;
};

/** One event with everything that is known of it. */
export const EventDrawer = withText({ event, events, logs }, AnEvent);

function AnEvent({ position, state, onSelect }: EventDrawerProps) {
  const t = useT();
  const format = useFormat();
  const { query, change } = state;
  const event = useQuery({
    ...trpc.events.get.queryOptions({ position }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  const shown = event.data?.position === position ? event.data : undefined;
  const go = (to: number | undefined) => (to === undefined ? false : onSelect(to));
  const goInFlow = (step: 1 | -1) => {
    const { correlationId } = shown ?? {};
    if (correlationId === undefined) return false;
    void neighbourInFlow(correlationId, position, step).then((to) => to !== undefined && onSelect(to));
    return true;
  };
  const replay = useReplayFrom(shown);
  useKeys({
    r: () => (replay ? replay() : false),
    '[': () => go(shown?.previousInSession),
    ']': () => go(shown?.nextInSession),
    '{': () => goInFlow(-1),
    '}': () => goInFlow(1),
    y: () => void copyLink(t),
    Y: () => (shown ? void copyWholeEvent(shown, t) : false),
  });
  const actions = (
    <>
      <IconButton
        label={`${t.event.previous} [`}
        disabled={shown?.previousInSession === undefined}
        onClick={() => go(shown?.previousInSession)}
      >
        <ChevronLeft aria-hidden className="size-4" />
      </IconButton>
      <IconButton label={`${t.event.next} ]`} disabled={shown?.nextInSession === undefined} onClick={() => go(shown?.nextInSession)}>
        <ChevronRight aria-hidden className="size-4" />
      </IconButton>
      <CopyMenu event={shown} />
    </>
  );
  return (
    <Drawer title={t.event.title(format.number(position))} actions={actions} onClose={() => onSelect(null)}>
      <Tabs
        label={t.event.title(format.number(position))}
        tabs={EVENT_TABS.map((name) => ({ name, title: t.event.tabs[name] }))}
        selected={query.tab}
        onSelect={(tab) => change({ tab }, true)}
      >
        <Loaded query={event}>
          {(data) => {
            if (query.tab === 'summary') return <EventSummary event={data} state={state} />;
            if (query.tab === 'payload') return <Payload event={data} />;
            if (query.tab === 'envelope') return <EventIntegrity event={data} />;
            if (query.tab === 'context') return <EventContext event={data} onSelect={onSelect} />;
            if (query.tab === 'causality') return <EventCausality event={data} onSelect={onSelect} />;
            if (query.tab === 'history') return <EventHistory event={data} onSelect={onSelect} />;
            return <Raw event={data} />;
          }}
        </Loaded>
      </Tabs>
    </Drawer>
  );
}

async function neighbourInFlow(correlationId: string, position: number, step: 1 | -1): Promise<number | undefined> {
  const filter = { query: clauseFor('corr', [correlationId]) };
  const page = await (step === 1
    ? client.events.after.query({ filter, after: position, limit: 1 })
    : client.events.list.query({ filter, before: position, limit: 1 }));
  return page.rows[0]?.position;
}

function Payload({ event }: { readonly event: EventDetail }) {
  const t = useT();
  const erased = event.data === null || (event.data as { erased?: unknown }).erased === true;
  if (erased) return <p className="px-4 py-3 text-sm text-ink-2">{t.event.erased}</p>;
  if (event.dataTruncated) return <LargePayload key={event.position} position={event.position} />;
  return (
    <>
      {JSON.stringify(event.data).includes('***') ? <Reveal key={event.position} position={event.position} /> : null}
      <JsonTree key={event.position} value={event.data} />
    </>
  );
}

function Raw({ event }: { readonly event: EventDetail }) {
  const t = useT();
  const text = JSON.stringify(event, null, 2);
  return (
    <div className="flex flex-col gap-2 px-4 py-3">
      {event.dataTruncated ? <p className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">{t.event.truncated}</p> : null}
      <div className="flex items-start gap-2">
        <pre className="min-w-0 flex-1 font-mono text-xs leading-5 break-words whitespace-pre-wrap">{text.slice(0, MOST_RAW_CHARS)}</pre>
        <CopyButton text={text} label={t.event.copyJson} />
      </div>
    </div>
  );
}
