'use client';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { CopyButton } from '../../ui/command.tsx';
import { SeverityMark } from '../../ui/severity.tsx';
import type { EventDetail } from './event-drawer.tsx';
import { eventsUrl, sessionUrl } from './filter-url.ts';

/** What happened in one sentence, and who and where. */
export function EventSummary({ event }: { readonly event: EventDetail }) {
  const t = useT();
  const format = useFormat();
  const { fields } = t.event;
  return (
    <div className="flex flex-col gap-4 px-4 py-4">
      <p className="text-base foreign-text">{event.summary}</p>
      <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-y-2 text-sm">
        <Fact name={fields.type}>
          <Link href={eventsUrl({ types: [event.type] })} className="font-mono text-xs text-accent hover:underline">
            {event.type}
          </Link>
        </Fact>
        <Fact name={fields.severity}>
          <SeverityMark severity={event.severity} />
        </Fact>
        <Fact name={fields.time}>{format.full(event.time)}</Fact>
        {event.channel ? <Fact name={fields.channel}>{event.channel}</Fact> : null}
        {event.agentId ? <Fact name={fields.agent}>{event.agentId}</Fact> : null}
        {event.actor ? <Fact name={fields.actor}>{event.actor}</Fact> : null}
        {event.sessionId ? (
          <Fact name={fields.session}>
            <Link
              href={sessionUrl(event.sessionId, event.correlationId)}
              className="font-mono text-xs break-all text-accent hover:underline"
            >
              {event.sessionId}
            </Link>
          </Fact>
        ) : null}
        {event.correlationId ? (
          <Fact name={fields.message}>
            <Link
              href={eventsUrl({ correlationId: event.correlationId, range: 'all' })}
              className="font-mono text-xs break-all text-accent hover:underline"
            >
              {event.correlationId}
            </Link>
          </Fact>
        ) : null}
      </dl>
    </div>
  );
}

/** Where the event stands in the log and in the chain. */
export function EventEnvelope({ event }: { readonly event: EventDetail }) {
  const t = useT();
  const format = useFormat();
  const { fields } = t.event;
  return (
    <dl className="grid grid-cols-[8rem_minmax(0,1fr)] gap-y-2 px-4 py-4 text-sm">
      <Fact name={fields.position}>{format.number(event.position)}</Fact>
      <Fact name={fields.id}>
        <Code text={event.id} />
      </Fact>
      <Fact name={fields.stream}>
        <Code text={event.streamId} />
      </Fact>
      <Fact name={fields.version}>{format.number(event.version)}</Fact>
      <Fact name={fields.schema}>{format.number(event.schemaVersion)}</Fact>
      <Fact name={fields.hash}>
        <Code text={event.hash} />
      </Fact>
      <Fact name={fields.previousHash}>
        <Code text={event.previousHash} />
      </Fact>
    </dl>
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

function Code({ text }: { readonly text: string }) {
  const t = useT();
  return (
    <span className="flex items-start gap-1">
      <code className="min-w-0 font-mono text-xs leading-5 break-all">{text}</code>
      {text ? <CopyButton text={text} label={t.common.copy} /> : null}
    </span>
  );
}
