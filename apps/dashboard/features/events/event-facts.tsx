'use client';
import Minus from 'lucide-react/icons/minus';
import Plus from 'lucide-react/icons/plus';
import type { ReactNode } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { buttonLook, IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/command.tsx';
import { Link } from '../../ui/link.tsx';
import { SeverityMark } from '../../ui/severity.tsx';
import { eventsUrl, sessionUrl } from '../frame/links.ts';
import { logsUrl } from '../logs/log-filter.ts';
import { clauseFor } from './clause-for.ts';
import { excludedValue, withClause } from './clauses.ts';
import type { EventDetail } from './event-drawer.tsx';
import type { EventQueryState } from './use-event-query.ts';
import { useMeaning } from './use-meaning.ts';

/** What happened in one sentence, and who and where. */
export function EventSummary({ event, state }: { readonly event: EventDetail; readonly state: EventQueryState }) {
  const t = useT();
  const format = useFormat();
  const { fields } = t.event;
  const meaning = useMeaning()(event.type);
  const narrow = (q: string) => state.change({ q });
  const choices = (field: string, value: string) => (
    <span className="ml-2 inline-flex gap-1 align-middle">
      <IconButton
        className="size-6"
        label={t.events.include(value)}
        onClick={() => narrow(withClause(state.query.q, clauseFor(field, [value])))}
      >
        <Plus aria-hidden className="size-3" />
      </IconButton>
      <IconButton className="size-6" label={t.events.exclude(value)} onClick={() => narrow(excludedValue(state.query.q, field, value))}>
        <Minus aria-hidden className="size-3" />
      </IconButton>
    </span>
  );
  return (
    <div className="flex flex-col gap-4 px-4 py-4">
      <p className="text-base foreign-text">{event.summary}</p>
      <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-y-2 text-sm">
        <Fact name={fields.type}>
          <Link href={eventsUrl({ types: [event.type] })} className="font-mono text-xs text-accent hover:underline">
            {event.type}
          </Link>
          {choices('type', event.type)}
          {meaning ? <span className="block text-ink-2">{meaning}</span> : null}
        </Fact>
        <Fact name={fields.severity}>
          <SeverityMark severity={event.severity} />
        </Fact>
        <Fact name={fields.time}>{format.full(event.time)}</Fact>
        {event.channel ? (
          <Fact name={fields.channel}>
            {event.channel}
            {choices('channel', event.channel)}
          </Fact>
        ) : null}
        {event.agentId ? (
          <Fact name={fields.agent}>
            {event.agentId}
            {choices('agent', event.agentId)}
          </Fact>
        ) : null}
        {event.actor ? (
          <Fact name={fields.actor}>
            {event.actor}
            {choices('actor', event.actor)}
          </Fact>
        ) : null}
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
            <Link href={logsUrl(event.correlationId)} className="flex min-h-6 items-center text-xs text-accent hover:underline">
              {t.logs.linesOfFlow}
            </Link>
          </Fact>
        ) : null}
      </dl>
      {event.sessionId ? (
        <div className="flex flex-wrap gap-2">
          <Link href={sessionUrl(event.sessionId, event.correlationId)} className={buttonLook('plain')}>
            {t.event.openSession}
          </Link>
        </div>
      ) : null}
    </div>
  );
}

/** A name and what it is. */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

/** What is written for machines, with a button that copies it. */
export function Code({ text }: { readonly text: string }) {
  const t = useT();
  return (
    <span className="flex items-start gap-1">
      <code className="min-w-0 font-mono text-xs leading-5 break-all">{text}</code>
      {text ? <CopyButton text={text} label={t.common.copy} /> : null}
    </span>
  );
}
