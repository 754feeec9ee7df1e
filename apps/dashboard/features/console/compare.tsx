'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { bodyOf, client, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { runUrl } from '../replay/replay-url.ts';
import { RunActions } from '../replay/run-actions.tsx';
import { type Identity, toImagined } from './identity.ts';

const SIDES = ['A', 'B'] as const;
const BUDGET = { tokens: 20_000, requests: 10 };
const POLL_MS = 700;

type Choice = { readonly agentId: string; readonly model: string };
const AS_ROUTED: Choice = { agentId: '', model: '' };

/** The same message to two agents or models: really asked, in the sandbox of replays, with nothing sent and no tool run. */
export function Compare({ identity, agents }: { readonly identity: Identity; readonly agents: readonly string[] }) {
  const t = useT();
  const format = useFormat();
  const me = useQuery(trpc.frame.me.queryOptions());
  const [choices, setChoices] = useState<readonly [Choice, Choice]>([AS_ROUTED, AS_ROUTED]);
  const start = useMutation({ mutationFn: () => Promise.all(choices.map((choice) => begin(identity, choice))) });
  if (!me.data?.permissions.includes('sessions.control')) return null;
  const set = (side: number, part: Partial<Choice>) =>
    setChoices(([a, b]) => (side === 0 ? [{ ...a, ...part }, b] : [a, { ...b, ...part }]));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate();
  };
  return (
    <Panel title={t.console.compare}>
      <form onSubmit={submit} className="flex flex-col gap-3 p-4">
        <p className="text-sm text-ink-2">{t.console.compareLead(format.number(BUDGET.tokens))}</p>
        <div className="grid gap-4 sm:grid-cols-2">
          {SIDES.map((name, side) => (
            <fieldset key={name} className="flex min-w-0 flex-col gap-2">
              <legend className="pb-1 text-sm font-semibold">{name}</legend>
              <label className="flex flex-col gap-1 text-sm font-medium text-ink-2">
                {t.console.agent}
                <select
                  value={choices[side]?.agentId}
                  onChange={(event) => set(side, { agentId: event.target.value })}
                  className="h-8 rounded-md border border-line-strong bg-surface px-2 font-normal"
                >
                  <option value="">{t.console.asRouted}</option>
                  {agents.map((agent) => (
                    <option key={agent}>{agent}</option>
                  ))}
                </select>
              </label>
              <TextField
                label={t.console.model}
                value={choices[side]?.model}
                placeholder={t.replay.modelExample}
                hint={t.console.asConfigured}
                onChange={(event) => set(side, { model: event.target.value })}
              />
            </fieldset>
          ))}
        </div>
        <Button type="submit" look="primary" className="self-start" disabled={start.isPending || identity.text.trim() === ''}>
          {t.console.compareStart}
        </Button>
        {identity.text.trim() === '' ? <p className="text-xs text-ink-3">{t.console.compareNeedsText}</p> : null}
        {start.error ? (
          <p role="alert" className="text-sm text-bad foreign-text">
            {bodyOf(start.error)?.message ?? t.common.unreachable}
          </p>
        ) : null}
      </form>
      {start.data ? (
        <div className="grid gap-4 border-t border-line p-4 sm:grid-cols-2">
          {start.data.map(({ id }, side) => (
            <Side key={id} name={SIDES[side] ?? ''} run={id} />
          ))}
        </div>
      ) : null}
    </Panel>
  );
}

function begin(identity: Identity, { agentId, model }: Choice) {
  return client.replays.start.mutate({
    source: { kind: 'message', message: toImagined(identity) },
    level: 'live',
    change: { config: 'current', ...(agentId && { agentId }), ...(model.trim() && { model: model.trim() }) },
    budget: BUDGET,
  });
}

/** What one of the two made of it. */
function Side({ name, run }: { readonly name: string; readonly run: string }) {
  const t = useT();
  const found = useQuery({
    ...trpc.replays.get.queryOptions({ id: run }),
    refetchInterval: ({ state }) => (state.data && state.data.run.state !== 'running' ? false : POLL_MS),
  });
  return (
    <section aria-label={name} className="flex min-w-0 flex-col gap-3">
      <h3 className="flex flex-wrap items-center gap-2 text-sm font-semibold">
        {name}
        <Link href={runUrl(run)} className="text-xs font-normal text-accent hover:underline">
          {t.console.openRun}
        </Link>
      </h3>
      <Loaded query={found}>
        {({ run: whole, report }) => (
          <>
            {whole.state === 'running' ? <p role="status">{t.replay.running}</p> : null}
            {whole.error ? (
              <p role="alert" className="text-sm text-bad foreign-text">
                {whole.error.code}: {whole.error.message} {whole.error.remedy}
              </p>
            ) : null}
            {report ? <Answer run={run} isRouted={whole.change.agentId === undefined} /> : null}
            <RunActions run={whole} report={report} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Answer({ run, isRouted }: { readonly run: string; readonly isRouted: boolean }) {
  const t = useT();
  const format = useFormat();
  const turn = useQuery({ ...trpc.replays.turn.queryOptions({ id: run, message: 1 }), staleTime: Number.POSITIVE_INFINITY });
  return (
    <Loaded query={turn}>
      {({ replayed: { reply, agentId, model, rule, effects, inputTokens, outputTokens, costUsd, modelMs, failed } }) => (
        <>
          <p className="rounded-xl rounded-bl-sm bg-sunken px-3 py-2 text-sm foreign-text">
            {reply ?? <span className="text-ink-3">{t.replay.noReply}</span>}
          </p>
          <Facts>
            <Fact name={t.console.agent}>
              {agentId ?? t.common.none} {failed ? <Badge tone="bad">{t.replay.verdicts.error}</Badge> : null}
            </Fact>
            {rule === undefined || !isRouted ? null : (
              <Fact name={t.route.rule} mono>
                {rule}
              </Fact>
            )}
            <Fact name={t.console.model}>{model ?? t.common.none}</Fact>
            <Fact name={t.console.tokens}>{t.console.tokensInOut(format.number(inputTokens), format.number(outputTokens))}</Fact>
            <Fact name={t.console.cost}>{format.dollars(costUsd)}</Fact>
            <Fact name={t.console.answeredIn}>{format.duration(modelMs)}</Fact>
            {effects.length === 0 ? null : <Fact name={t.console.askedTools}>{effects.join(', ')}</Fact>}
          </Facts>
        </>
      )}
    </Loaded>
  );
}
