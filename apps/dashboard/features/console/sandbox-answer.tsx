'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { client, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Said, SaidError } from '../../ui/said.tsx';
import { Loaded } from '../../ui/states.tsx';
import { runUrl } from '../replay/replay-url.ts';
import { RunActions } from '../replay/run-actions.tsx';
import { type Identity, toImagined } from './identity.ts';

export const BUDGET = { tokens: 20_000, requests: 10 };
const POLL_MS = 700;

export type Choice = { readonly agentId: string; readonly model: string };
export const AS_ROUTED: Choice = { agentId: '', model: '' };

/** Really asks, in the sandbox of replays: nothing is sent and no tool is run. */
export function ask(identity: Identity, { agentId, model }: Choice) {
  return client.replays.start.mutate({
    source: { kind: 'message', message: toImagined(identity) },
    level: 'live',
    change: { config: 'current', ...(agentId && { agentId }), ...(model.trim() && { model: model.trim() }) },
    budget: BUDGET,
  });
}

/** The message put to the agent that it would go to. */
export function AskAgent({ identity }: { readonly identity: Identity }) {
  const t = useT();
  const format = useFormat();
  const me = useQuery(trpc.frame.me.queryOptions());
  const start = useMutation({ mutationFn: () => ask(identity, AS_ROUTED) });
  if (!me.data?.permissions.includes('sessions.control')) return null;
  const isEmpty = identity.text.trim() === '';
  return (
    <Panel title={t.console.answer}>
      <div className="flex flex-col gap-3 p-4">
        <p className="text-sm text-ink-2">{t.console.answerLead(format.number(BUDGET.tokens))}</p>
        <Button className="self-start" disabled={start.isPending || isEmpty} onClick={() => start.mutate()}>
          {t.console.askAgent}
        </Button>
        {isEmpty ? <p className="text-xs text-ink-3">{t.console.compareNeedsText}</p> : null}
        {start.error ? (
          <p role="alert" className="text-sm text-bad foreign-text">
            <SaidError error={start.error} brief />
          </p>
        ) : null}
        {start.data ? <SandboxAnswer key={start.data.id} name={t.console.answer} run={start.data.id} /> : null}
      </div>
    </Panel>
  );
}

/** What one of them made of it. */
export function SandboxAnswer({ name, run }: { readonly name: string; readonly run: string }) {
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
                {whole.error.code}: <Said problem={whole.error} />
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
      {({ events, replayed: { reply, agentId, model, rule, effects, inputTokens, outputTokens, costUsd, modelMs, failed } }) => (
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
          <Trace events={events} />
        </>
      )}
    </Loaded>
  );
}

/** What would stand in the log, event by event. */
function Trace({ events }: { readonly events: Outputs['replays']['turn']['events'] }) {
  const t = useT();
  const made = events.flatMap(({ replayed }) => (replayed ? [replayed] : []));
  return (
    <details className="rounded-md border border-line text-xs">
      <summary className="flex min-h-8 items-center px-3 text-ink-2">{t.console.traceOf(made.length)}</summary>
      <ol className="divide-y divide-line border-t border-line">
        {made.map(({ type, summary, data }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the events of a run that has ended stay where they are
          <li key={index}>
            <details>
              <summary className="flex min-h-8 min-w-0 flex-wrap items-center gap-x-2 px-3 py-1">
                <span className="font-mono font-medium">{type}</span>
                <span className="min-w-0 text-ink-2 foreign-text">{summary}</span>
              </summary>
              <JsonTree value={data} />
            </details>
          </li>
        ))}
      </ol>
    </details>
  );
}
