'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRefresh } from '../../data/feed.ts';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Loaded } from '../../ui/states.tsx';
import { BudgetBar } from './budget-bar.tsx';
import { Quarantine } from './quarantine.tsx';

const REFRESH_MS = 2_000;

type Agent = Outputs['agents']['list']['agents'][number];
type Budget = Outputs['agents']['models']['budgets'][number];

/** The agents, each with what it is, what it does now and what it used today. */
export function AgentList() {
  const t = useT();
  const cache = useQueryClient();
  const list = useQuery(trpc.agents.list.queryOptions());
  const models = useQuery(trpc.agents.models.queryOptions());
  useRefresh(
    ({ type }) => /^(run|message|config|budget)\.|^model\.responded$/.test(type),
    () => void cache.invalidateQueries(trpc.agents.pathFilter()),
    REFRESH_MS,
  );
  return (
    <Loaded query={list}>
      {({ agents, partial, moreOpen }) => (
        <div className="flex flex-col gap-4 p-4">
          {partial ? <p className="text-xs text-warn">{t.agents.partialUse}</p> : null}
          {moreOpen ? <p className="text-xs text-warn">{t.agents.moreOpen}</p> : null}
          <div className="grid items-start gap-4 lg:grid-cols-2 2xl:grid-cols-3">
            {agents.map((agent) => (
              <AgentCard
                key={agent.id}
                agent={agent}
                budgets={models.data?.budgets.filter(({ scope, of }) => scope === 'agent' && of === agent.id) ?? []}
              />
            ))}
          </div>
          <Quarantine />
        </div>
      )}
    </Loaded>
  );
}

function AgentCard({ agent, budgets }: { readonly agent: Agent; readonly budgets: readonly Budget[] }) {
  const t = useT();
  const format = useFormat();
  const { limits, today } = agent;
  const limitTexts = [
    t.agents.limitSteps(format.number(limits.maxSteps)),
    t.agents.limitTokens(format.number(limits.maxOutputTokens)),
    t.agents.limitTime(format.duration(limits.timeoutMs)),
    ...(limits.maxConcurrent === undefined ? [] : [t.agents.limitConcurrent(format.number(limits.maxConcurrent))]),
  ];
  return (
    <article aria-label={agent.id} className="flex min-w-0 flex-col gap-3 rounded-lg border border-line px-4 py-3">
      <header className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 truncate text-base font-semibold">{agent.id}</h2>
        {agent.isDefault ? <Badge tone="accent">{t.agents.default}</Badge> : null}
        <span className="ml-auto text-xs text-ink-2 figures">
          {t.agents.running} {format.number(agent.running)} · {t.agents.waiting} {format.number(agent.waiting)}
        </span>
      </header>
      <Facts>
        <Fact name={t.agents.model} mono>
          {agent.model}
        </Fact>
        {agent.fallbackModels.length === 0 ? null : (
          <Fact name={t.agents.fallback} mono>
            {agent.fallbackModels.join(', ')}
          </Fact>
        )}
        <Fact name={t.agents.today}>
          {today
            ? `${t.agents.answers(today.answers)}, ${t.agents.tokens(format.compact(today.inputTokens), format.compact(today.outputTokens))}`
            : t.agents.noUse}
        </Fact>
        {today && today.costUsd > 0 ? <Fact name={t.agents.cost}>${today.costUsd.toFixed(2)}</Fact> : null}
        <Fact name={t.agents.itsTools} mono>
          {agent.tools.join(', ') || t.agents.noTools}
        </Fact>
        <Fact name={t.agents.limits}>{limitTexts.join(', ')}</Fact>
      </Facts>
      {budgets.map((budget) => (
        <BudgetBar key={budget.unit} budget={budget} />
      ))}
      <details>
        <summary className="flex min-h-6 items-center text-sm text-ink-2 hover:text-ink">{t.agents.prompt}</summary>
        <p className="max-h-60 overflow-auto rounded-md bg-sunken px-3 py-2 text-sm foreign-text scroll-quiet">
          {agent.prompt ?? t.agents.noPrompt}
        </p>
        {agent.promptTruncated ? <p className="pt-1 text-xs text-ink-3">{t.agents.promptCut}</p> : null}
      </details>
    </article>
  );
}
