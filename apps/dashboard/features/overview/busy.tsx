'use client';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel, PanelRows } from '../../ui/panel.tsx';
import { eventsUrl } from '../frame/links.ts';
import { SlowAnswers } from '../session/slow-answers.tsx';

type Activity = Outputs['overview']['activity'];

/** Agents by what their models cost and used in the last day. */
export function BusyAgents({ agents }: { readonly agents: Activity['agents'] }) {
  const t = useT();
  const format = useFormat();
  const most = Math.max(1, ...agents.map(({ inputTokens, outputTokens }) => inputTokens + outputTokens));
  return (
    <Panel title={t.overview.agents} note={t.overview.lastDay}>
      <PanelRows empty={agents.length === 0 ? t.overview.agentsNone : undefined}>
        {agents.map(({ agentId, answers, inputTokens, outputTokens, costUsd }) => (
          <li key={agentId}>
            <Link
              href={eventsUrl({ agentIds: [agentId], types: ['model.responded'], range: '24h' })}
              className="block px-4 py-2 text-sm hover:bg-sunken"
            >
              <span className="flex items-baseline gap-2">
                <span className="truncate font-medium">{agentId || t.overview.noAgent}</span>
                <span className="ml-auto shrink-0 text-xs text-ink-2 figures">
                  {t.overview.tokens(format.compact(inputTokens), format.compact(outputTokens))}
                </span>
                <span className="w-16 shrink-0 text-right figures">{costUsd > 0 ? format.dollars(costUsd) : '–'}</span>
              </span>
              <span className="mt-1 flex items-center gap-2">
                <span aria-hidden className="h-1 flex-1 bg-sunken">
                  <span className="block h-1 bg-accent" style={{ width: `${((inputTokens + outputTokens) / most) * 100}%` }} />
                </span>
                <span className="shrink-0 text-2xs text-ink-3 figures">{t.overview.answers(answers)}</span>
              </span>
            </Link>
          </li>
        ))}
      </PanelRows>
    </Panel>
  );
}

/** The conversations in which an answer took longest. */
export function SlowSessions({ slowest }: { readonly slowest: Activity['slowest'] }) {
  const t = useT();
  return (
    <Panel title={t.overview.slowest} note={t.overview.slowestNote}>
      <SlowAnswers answers={slowest} empty={t.overview.slowestNone} />
    </Panel>
  );
}

/** What was changed last in the configuration, when, by whom; each leads to the change with what was before and after. */
export function LastChanges({ changes }: { readonly changes: Activity['changes'] }) {
  const t = useT();
  const format = useFormat();
  const all = (
    <Link href={eventsUrl({ types: ['config.*'], range: 'all' })} className="rounded px-1 py-0.5 text-xs text-accent hover:underline">
      {t.overview.changesAll}
    </Link>
  );
  return (
    <Panel title={t.overview.changes} actions={all}>
      <PanelRows empty={changes.length === 0 ? t.overview.changesNone : undefined}>
        {changes.map(({ position, time, type, actor, source, summary }) => (
          <li key={position}>
            <Link
              href={eventsUrl({ types: ['config.*'], range: 'all', selected: position, tab: 'payload' })}
              className="flex items-start gap-3 px-4 py-2 text-sm hover:bg-sunken"
            >
              <span className="min-w-0 flex-1">
                <span className="block truncate">{summary}</span>
                <span className="block truncate text-xs text-ink-3">
                  {actor ?? t.common.none} · {source}
                </span>
              </span>
              {type === 'config.rejected' ? <Badge tone="bad">{t.overview.refused}</Badge> : null}
              <span className="shrink-0 text-xs leading-5 text-ink-3 figures">{format.ago(time, Date.now())}</span>
            </Link>
          </li>
        ))}
      </PanelRows>
    </Panel>
  );
}
