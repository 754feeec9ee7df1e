'use client';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useRefresh } from '../../data/feed.ts';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { TURN_VIEWS } from '../events/filter-url.ts';
import { eventsUrl } from '../frame/links.ts';
import type { Choices } from './importance.ts';
import { ImportanceChooser } from './importance-chooser.tsx';
import { RouteExplanation } from './route-explanation.tsx';
import { usageOf, waterfall } from './waterfall.ts';
import { type Moving, WaterfallChart } from './waterfall-chart.tsx';
import { WaterfallSummary, WaterfallTable } from './waterfall-table.tsx';

const REFRESH_MS = 300;

type View = (typeof TURN_VIEWS)[number];
type TurnPanelProps = Moving & {
  readonly messageId: string;
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly choices: Choices;
  readonly onChoose: (choices: Choices) => void;
};

/** One message's way through the gateway, and why it went that way. */
export function TurnPanel({ messageId, view, onView, at, onMove, choices, onChoose }: TurnPanelProps) {
  const t = useT();
  const cache = useQueryClient();
  const options = trpc.sessions.turn.queryOptions({ messageId });
  const turn = useQuery({ ...options, placeholderData: keepPreviousData });
  useRefresh(
    (row) => row.correlationId === messageId,
    () => void cache.invalidateQueries({ queryKey: options.queryKey }),
    REFRESH_MS,
  );
  const all = (
    <span className="flex items-center gap-1">
      <Link
        href={eventsUrl({ correlationId: messageId, range: 'all' })}
        className="rounded px-1 py-0.5 text-xs text-accent hover:underline"
      >
        {t.turn.events}
      </Link>
      <ImportanceChooser types={turn.data?.events.map(({ type }) => type) ?? []} choices={choices} onChoose={onChoose} />
    </span>
  );
  return (
    <>
      <Panel title={t.turn.title} actions={all}>
        <Tabs label={t.turn.title} tabs={TURN_VIEWS.map((name) => ({ name, title: t.turn.views[name] }))} selected={view} onSelect={onView}>
          <Loaded query={turn}>{(data) => <Way turn={data} view={view} at={at} onMove={onMove} choices={choices} />}</Loaded>
        </Tabs>
      </Panel>
      <Panel title={t.route.title}>
        <Loaded query={turn}>{(data) => <RouteExplanation messageId={data.message.messageId} route={data.route} />}</Loaded>
      </Panel>
    </>
  );
}

/** The same where nothing else stands at an event: a bar leads to the page of its event. */
export function LoneTurnPanel({ messageId }: { readonly messageId: string }) {
  const router = useRouter();
  const [view, setView] = useState<View>('timeline');
  const [choices, setChoices] = useState<Choices>([]);
  const open = (position: number) => router.push(eventsUrl({ range: 'all', selected: position }));
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <TurnPanel messageId={messageId} view={view} onView={setView} at={null} onMove={open} choices={choices} onChoose={setChoices} />
    </div>
  );
}

type WayProps = Moving & { readonly turn: Outputs['sessions']['turn']; readonly view: View; readonly choices: Choices };

function Way({ turn, view, at, onMove, choices }: WayProps) {
  const t = useT();
  const format = useFormat();
  const flow = waterfall(turn.events, Date.now());
  const usage = usageOf(turn.events);
  return (
    <>
      <p className="px-4 pt-3 text-xs text-ink-3 figures">
        {t.turn.total} <strong className="font-semibold text-ink">{format.duration(flow.totalMs)}</strong>
        {flow.settled ? '' : ` · ${t.turn.ongoing}`}
        {usage ? ` · ${t.turn.tokens(format.compact(usage.inputTokens), format.compact(usage.outputTokens))}` : ''}
        {usage?.costUsd === undefined ? '' : ` · ${format.dollars(usage.costUsd)}`}
      </p>
      {view === 'compact' ? <WaterfallSummary flow={flow} /> : null}
      {view === 'timeline' ? <WaterfallChart flow={flow} at={at} onMove={onMove} choices={choices} /> : null}
      {view === 'table' ? <WaterfallTable flow={flow} onMove={onMove} choices={choices} /> : null}
      {view === 'json' ? <JsonTree value={turn.events} /> : null}
    </>
  );
}
