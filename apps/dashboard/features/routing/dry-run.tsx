'use client';
import { useQuery } from '@tanstack/react-query';
import CircleCheck from 'lucide-react/icons/circle-check';
import CircleX from 'lucide-react/icons/circle-x';
import { createParser, parseAsString, useQueryStates } from 'nuqs';
import { type FormEvent, type ReactNode, useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Button, buttonLook } from '../../ui/button.tsx';
import { Select } from '../../ui/choices.tsx';
import { Command } from '../../ui/command.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Said } from '../../ui/said.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { TextArea, TextField } from '../../ui/text-field.tsx';
import { useSubmitKey } from '../frame/use-submit-key.ts';
import { RouteExplanation } from '../session/route-explanation.tsx';
import { commandOf, type Question } from './question.ts';

type Channel = Outputs['routing']['rules']['channels'][number];

const empty = createParser({ parse: (text: string) => text, serialize: (text: string) => text }).withDefault('');
const parsers = {
  channel: parseAsString,
  account: empty,
  from: empty,
  group: empty,
  thread: empty,
  roles: empty,
  text: empty,
  at: empty,
};

/** A message that did not come: the form stands in the address, the answer below it. */
export function DryRun({ channels }: { readonly channels: readonly Channel[] }) {
  const t = useT();
  const [asked, setAsked] = useQueryStates(parsers);
  const [first] = channels;
  if (!first) {
    return (
      <Panel title={t.routing.try}>
        <div className="flex flex-wrap items-center gap-3 p-4 text-sm text-ink-2">
          <p>{t.routing.noChannels}</p>
          <Link href="/channels/" className={buttonLook('plain')}>
            {t.frame.channels}
          </Link>
          <Link href="/console/" className={buttonLook('plain')}>
            {t.frame.console}
          </Link>
        </div>
      </Panel>
    );
  }
  const initial = { ...asked, channel: asked.channel ?? first.channel };
  const isAsked = asked.from !== '';
  return (
    <Panel title={t.routing.try} note={t.routing.tryNote}>
      <QuestionForm channels={channels} initial={initial} onAsk={(question) => void setAsked(question)} />
      {isAsked ? <Answer question={initial} /> : null}
    </Panel>
  );
}

type FormProps = { readonly channels: readonly Channel[]; readonly initial: Question; readonly onAsk: (question: Question) => void };

function QuestionForm({ channels, initial, onAsk }: FormProps) {
  const t = useT();
  const submitKey = useSubmitKey();
  const [question, setQuestion] = useState(initial);
  const set = (change: Partial<Question>) => setQuestion((before) => ({ ...before, ...change }));
  const field = (name: keyof Question) => ({
    value: question[name],
    onChange: ({ target }: { readonly target: { readonly value: string } }) => set({ [name]: target.value }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAsk(question);
  };
  const accounts = channels.find(({ channel }) => channel === question.channel)?.accounts ?? [];
  return (
    <form {...submitKey} onSubmit={submit} className="grid gap-3 p-4 sm:grid-cols-2 lg:grid-cols-3">
      <Select
        label={t.routing.channel}
        choices={channels.map(({ channel }) => ({ value: channel, title: channel }))}
        value={question.channel}
        onChange={(channel) => set({ channel, account: '' })}
      />
      <Select
        label={t.routing.account}
        choices={(accounts.length > 0 ? accounts : ['default']).map((account) => ({ value: account, title: account }))}
        value={question.account || accounts[0] || 'default'}
        onChange={(account) => set({ account })}
      />
      <TextField label={t.routing.from} hint={t.routing.fromHint} required {...field('from')} />
      <TextField label={t.routing.group} optional {...field('group')} />
      <TextField label={t.routing.thread} optional {...field('thread')} />
      <TextField label={t.routing.roles} hint={t.routing.rolesHint} optional {...field('roles')} />
      <TextArea label={t.routing.text} optional rows={2} className="sm:col-span-2" {...field('text')} />
      <TextField label={t.routing.at} hint={t.routing.atHint} optional type="datetime-local" {...field('at')} />
      <div className="sm:col-span-2 lg:col-span-3">
        <Button type="submit" look="primary" disabled={question.from.trim() === ''}>
          {t.routing.explain}
        </Button>
      </div>
    </form>
  );
}

function Answer({ question }: { readonly question: Question }) {
  const t = useT();
  const answer = useQuery(trpc.routing.explain.queryOptions(inputOf(question), { retry: false }));
  if (answer.error) return <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />;
  if (!answer.data) return <Skeleton lines={4} className="p-4" />;
  const { admission, candidates, result, configHash } = answer.data;
  const error = 'error' in result ? result.error : undefined;
  const to = 'error' in result ? undefined : result;
  return (
    <div aria-live="polite" className="border-t border-line">
      <div className="flex flex-col gap-1.5 px-4 py-3 text-sm">
        <Verdict ok={admission.allowed} title={admission.allowed ? t.routing.allowed : t.routing.refused}>
          {t.route.said(admission.reason)} <span className="font-mono text-xs text-ink-3">{admission.rule}</span>
        </Verdict>
        <Verdict ok={to !== undefined} title={to ? t.routing.goesTo(to.agentId) : t.routing.noAgent}>
          {to ? (
            `${to.model} · ${t.routing.session}: ${to.isOpen ? t.routing.sessionOpen : t.routing.sessionNew}`
          ) : error ? (
            <Said problem={error} />
          ) : null}
        </Verdict>
      </div>
      <div className="border-t border-line">
        <RouteExplanation
          note={t.routing.worked}
          route={{
            candidates,
            configHash,
            ...(to && {
              winner: to.rule,
              agentId: to.agentId,
              model: to.model,
              sessionId: to.sessionId,
              sessionKeyRule: to.sessionKeyRule,
            }),
          }}
        />
      </div>
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-3 text-xs text-ink-3">
        {t.routing.asCommand}
        <Command text={commandOf(question)} />
      </div>
    </div>
  );
}

function Verdict({ ok, title, children }: { readonly ok: boolean; readonly title: string; readonly children: ReactNode }) {
  const Icon = ok ? CircleCheck : CircleX;
  return (
    <p className="flex gap-2">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${ok ? 'text-ok' : 'text-bad'}`} />
      <span className="min-w-0">
        <span className="font-medium">{title}.</span> <span className="text-ink-2">{children}</span>
      </span>
    </p>
  );
}

function inputOf({ channel, account, from, group, thread, roles, text, at }: Question) {
  const list = roles
    .split(',')
    .map((role) => role.trim())
    .filter(Boolean);
  return {
    channel,
    account: account || 'default',
    from,
    text,
    ...(group && { group }),
    ...(thread && { thread }),
    ...(list.length > 0 && { roles: list }),
    ...(at && { at: new Date(at).getTime() }),
  };
}
