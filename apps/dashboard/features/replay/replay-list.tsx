'use client';
import { useQuery } from '@tanstack/react-query';
import Plus from 'lucide-react/icons/plus';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { buttonLook } from '../../ui/button.tsx';
import { Command } from '../../ui/command.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { PageTitle } from '../frame/page-title.tsx';
import { newReplayUrl, runUrl } from './replay-url.ts';
import { type Run, VerdictStrip } from './verdict-strip.tsx';

const REFRESH_MS = 2_000;

/** The runs that are kept, the newest first, and the cases that have to come out the same. */
export function ReplayList() {
  const t = useT();
  const runs = useQuery({
    ...trpc.replays.list.queryOptions(),
    refetchInterval: (query) => (query.state.data?.runs.some(({ state }) => state === 'running') ? REFRESH_MS : false),
  });
  const me = useQuery(trpc.frame.me.queryOptions());
  const cases = useQuery(trpc.replays.cases.queryOptions());
  return (
    <>
      <PageTitle title={t.replay.title}>
        {me.data?.permissions.includes('sessions.control') ? (
          <Link href={newReplayUrl()} className={buttonLook('primary', 'ml-auto')}>
            <Plus aria-hidden className="size-4" />
            {t.replay.create}
          </Link>
        ) : null}
      </PageTitle>
      <p className="mb-4 max-w-3xl text-sm text-ink-2">{t.replay.about}</p>
      <div className="flex flex-col gap-4">
        <Panel title={t.replay.runs} note={t.replay.runsNote}>
          <Loaded query={runs}>
            {(data) =>
              data.runs.length === 0 ? (
                <EmptyState title={t.replay.empty}>
                  <p>{t.replay.emptyWhy}</p>
                  <Command text="openclaw replay session ses_…" />
                </EmptyState>
              ) : (
                <ul className="divide-y divide-line">
                  {data.runs.map((run) => (
                    <RunRow key={run.id} run={run} />
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Panel>
        {cases.data && cases.data.cases.length > 0 ? (
          <Panel title={t.replay.cases} note={t.replay.casesNote}>
            <ul className="divide-y divide-line">
              {cases.data.cases.map((kept) => (
                <li key={kept.name} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 text-sm">
                  <span className="font-mono font-medium">{kept.name}</span>
                  <span className="min-w-0 truncate text-ink-2">
                    <SourceText source={kept.order.source} />
                  </span>
                  <span className="ml-auto">
                    <VerdictStrip counts={kept.counts} />
                  </span>
                </li>
              ))}
            </ul>
            <div className="border-t border-line p-3">
              <Command text="openclaw replay suite" />
            </div>
          </Panel>
        ) : null}
      </div>
    </>
  );
}

function RunRow({ run }: { readonly run: Run }) {
  const t = useT();
  const format = useFormat();
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 text-sm hover:bg-sunken">
      <Link href={runUrl(run.id)} className="min-w-0 truncate font-medium after:absolute after:inset-0 hover:text-accent">
        {t.replay.levels[run.level].title}: <SourceText source={run.source} />
      </Link>
      <span className="min-w-0 truncate text-ink-2">
        <ChangeText change={run.change} />
      </span>
      <span className="ml-auto flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
        {run.outcome && run.state === 'completed' ? <VerdictStrip counts={run.outcome.counts} /> : <StateBadge state={run.state} />}
        <span className="min-w-0 truncate text-xs text-ink-3 figures">
          {run.createdBy.id} · {format.ago(run.startedAt, Date.now())}
        </span>
      </span>
    </li>
  );
}

const TONES = { running: 'accent', completed: 'ok', cancelled: 'neutral', failed: 'bad' } as const;

export function StateBadge({ state }: { readonly state: Run['state'] }) {
  const t = useT();
  return <Badge tone={TONES[state]}>{t.replay.states[state]}</Badge>;
}

export function SourceText({ source }: { readonly source: Run['source'] }) {
  const t = useT();
  if (source.kind === 'session') return source.sessionId;
  if (source.kind === 'query') return t.replay.ofQuery(source.last, source.query);
  if (source.kind === 'message') return t.replay.ofMessage(source.message.from, source.message.channel, source.message.text.slice(0, 60));
  return source.kind === 'bundle' ? t.replay.ofBundle(source.bundleId) : t.replay.ofLog;
}

/** What a run does otherwise, in a line. */
export function ChangeText({ change }: { readonly change: Run['change'] }) {
  const t = useT();
  const { config, rule, agentId, model, systemPrompt, tools, toolAnswers = {}, onMiss } = change;
  const parts = [
    config === undefined ? '' : config === 'current' ? t.replay.configs.current : t.replay.configs.draft,
    agentId === undefined ? '' : `${t.replay.agent}: ${agentId}`,
    model === undefined ? '' : `${t.replay.model}: ${model}`,
    systemPrompt === undefined ? '' : `${t.replay.prompt}: ${systemPrompt.slice(0, 60)}`,
    tools === undefined ? '' : `${t.replay.tools}: ${tools.join(', ') || t.common.none}`,
    rule === undefined ? '' : `${t.replay.rule}: ${rule.text.slice(0, 120)}`,
    ...Object.entries(toolAnswers).map(([tool, { kind }]) => `${tool}: ${t.replay.toolAnswers[kind]}`),
    onMiss === 'deny' ? t.replay.onMisses.deny : '',
  ].filter(Boolean);
  return parts.length === 0 ? t.replay.unchanged : parts.join(' · ');
}
