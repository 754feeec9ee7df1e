'use client';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Link } from '../../ui/link.tsx';
import { Said } from '../../ui/said.tsx';
import { eventsUrl } from '../frame/links.ts';

type Session = Outputs['sessions']['get'];
type Facts = Outputs['sessions']['facts'];

/** Who the conversation is with and what it came to; and what stands in its way. */
export function SessionHeader({ data: { session, quarantine, hold } }: { readonly data: Session }) {
  const t = useT();
  const format = useFormat();
  const facts = useQuery(trpc.sessions.facts.queryOptions({ sessionId: session.sessionId }));
  const account = session.account === 'default' ? session.channel : `${session.channel}/${session.account}`;
  const cached = facts.data?.cachedInputTokens ?? 0;
  return (
    <>
      {quarantine ? (
        <Banner>
          {t.sessions.quarantined(format.day(quarantine.since))} <Said problem={quarantine.problem} />
        </Banner>
      ) : null}
      {hold ? <Banner>{t.sessions.held(format.day(hold.since), hold.reason)}</Banner> : null}
      <dl className="mb-4 grid grid-cols-2 gap-x-6 gap-y-2 rounded-lg border border-line bg-surface px-4 py-3 text-sm sm:flex sm:flex-wrap sm:gap-x-8">
        <Fact name={t.sessions.agent}>{session.agentId}</Fact>
        <Fact name={t.sessions.channel}>{account}</Fact>
        <Fact name={t.sessions.peer}>{session.peerId}</Fact>
        <Fact name={t.sessions.state}>{t.sessions.states[session.state]}</Fact>
        <Fact name={t.sessions.turns}>{format.number(session.turns)}</Fact>
        <Fact name={t.sessions.tokensInOut}>
          {format.compact(session.inputTokens)} + {format.compact(session.outputTokens)}
          {cached > 0 ? <span className="text-ink-3"> · {t.sessions.cached(format.compact(cached))}</span> : null}
        </Fact>
        <Fact name={t.sessions.cost}>
          <Cost facts={facts.data} />
        </Fact>
        <Fact name={t.sessions.opened}>{format.day(session.openedAt)}</Fact>
        <Fact name={t.sessions.last}>{format.ago(session.lastTime, Date.now())}</Fact>
        <Fact name={t.sessions.configs}>
          <Configs session={session} facts={facts.data} />
        </Fact>
        <Fact name={t.sessions.key}>
          <code className="font-mono text-xs">{session.sessionKey}</code>
        </Fact>
      </dl>
      {facts.data && facts.data.notes.length > 0 ? <Notes notes={facts.data.notes} /> : null}
    </>
  );
}

function Cost({ facts }: { readonly facts: Facts | undefined }) {
  const t = useT();
  const format = useFormat();
  if (!facts) return '…';
  if (facts.costUsd === undefined) return <span className="text-ink-3">{t.sessions.noPrice}</span>;
  return (
    <>
      ${format.decimal(facts.costUsd) === '0' ? facts.costUsd.toPrecision(2) : format.decimal(facts.costUsd)}
      {facts.unpriced > 0 || facts.partial ? <span className="text-ink-3"> · {t.sessions.atLeast}</span> : null}
    </>
  );
}

function Configs({ session, facts }: { readonly session: Session['session']; readonly facts: Facts | undefined }) {
  const t = useT();
  if (!facts) return '…';
  const links = facts.configs.map(({ hash, messages }) => (
    <Link
      key={hash}
      href={eventsUrl({ q: `config:${hash}`, sessionId: session.sessionId, range: 'all' })}
      aria-label={t.sessions.messagesUnder(messages, hash.slice(0, 8))}
      className="text-accent hover:underline"
    >
      <code className="font-mono text-xs">{hash.slice(0, 8)}</code>
    </Link>
  ));
  const [newest, ...earlier] = links;
  return (
    <>
      {newest}
      {earlier.length > 0 ? (
        <details>
          <summary className="cursor-pointer text-ink-3">{t.sessions.moreConfigs(earlier.length)}</summary>
          <span className="flex flex-wrap gap-x-2">{earlier}</span>
        </details>
      ) : null}
    </>
  );
}

function Notes({ notes }: { readonly notes: Facts['notes'] }) {
  const t = useT();
  const format = useFormat();
  return (
    <ul aria-label={t.sessions.notes} className="mb-4 flex flex-col gap-1.5">
      {notes.map(({ position, time, text, actor, about }) => (
        <li key={position} className="rounded-lg border border-line border-l-4 border-l-accent bg-surface px-3 py-2 text-sm">
          <p className="foreign-text">{text}</p>
          <p className="text-xs text-ink-3 figures">
            {actor} · {format.day(time)}
            {about === undefined ? '' : ` · ${t.sessions.noteAbout(about)}`}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Banner({ children }: { readonly children: ReactNode }) {
  return <p className="mb-3 rounded-lg bg-warn-soft px-4 py-2 text-sm text-warn foreign-text">{children}</p>;
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd className="break-words figures">{children}</dd>
    </div>
  );
}
