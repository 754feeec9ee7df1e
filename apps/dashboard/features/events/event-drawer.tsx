'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import ChevronLeft from 'lucide-react/icons/chevron-left';
import ChevronRight from 'lucide-react/icons/chevron-right';
import { useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { IconButton } from '../../ui/button.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { CopyMenu } from './copy-menu.tsx';
import { EventContext } from './event-context.tsx';
import { EventEnvelope, EventSummary } from './event-facts.tsx';

export type EventDetail = Outputs['events']['get'];

const TABS = ['summary', 'payload', 'envelope', 'context'] as const;

type EventDrawerProps = { readonly position: number; readonly onSelect: (position: number | null) => void };

/** One event with everything that is known of it. */
export function EventDrawer({ position, onSelect }: EventDrawerProps) {
  const t = useT();
  const format = useFormat();
  const [tab, setTab] = useState<(typeof TABS)[number]>('summary');
  const event = useQuery({
    ...trpc.events.get.queryOptions({ position }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  const shown = event.data?.position === position ? event.data : undefined;
  const actions = (
    <>
      <IconButton
        label={t.event.previous}
        disabled={shown?.previousInSession === undefined}
        onClick={() => onSelect(shown?.previousInSession ?? null)}
      >
        <ChevronLeft aria-hidden className="size-4" />
      </IconButton>
      <IconButton label={t.event.next} disabled={shown?.nextInSession === undefined} onClick={() => onSelect(shown?.nextInSession ?? null)}>
        <ChevronRight aria-hidden className="size-4" />
      </IconButton>
      <CopyMenu event={shown} />
    </>
  );
  return (
    <Drawer title={t.event.title(format.number(position))} actions={actions} onClose={() => onSelect(null)}>
      <Tabs
        label={t.event.title(format.number(position))}
        tabs={TABS.map((name) => ({ name, title: t.event.tabs[name] }))}
        selected={tab}
        onSelect={setTab}
      >
        <Loaded query={event}>
          {(data) => {
            if (tab === 'summary') return <EventSummary event={data} />;
            if (tab === 'payload') return <Payload event={data} />;
            if (tab === 'envelope') return <EventEnvelope event={data} />;
            return <EventContext event={data} onSelect={onSelect} />;
          }}
        </Loaded>
      </Tabs>
    </Drawer>
  );
}

function Payload({ event }: { readonly event: EventDetail }) {
  const t = useT();
  const erased = event.data === null || (event.data as { erased?: unknown }).erased === true;
  return (
    <>
      {event.dataTruncated ? <p className="bg-warn-soft px-4 py-2 text-sm text-warn">{t.event.truncated}</p> : null}
      {erased ? <p className="px-4 py-3 text-sm text-ink-2">{t.event.erased}</p> : <JsonTree key={event.position} value={event.data} />}
    </>
  );
}
