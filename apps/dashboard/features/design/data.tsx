'use client';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Banner } from '../../ui/banner.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Command } from '../../ui/command.tsx';
import { DataTable, type Sort } from '../../ui/data-table.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { Stat } from '../../ui/stat.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';

const ROWS = [
  { name: 'telegram', connected: true, messages: 1204 },
  { name: 'slack', connected: false, messages: 88 },
  { name: 'webhook', connected: true, messages: 3112 },
] as const;
const COURSE = [4, 6, 5, 9, 12, 8, undefined, 7, 11, 14, 12, 17] as const;
const VALUE = { channel: 'telegram', text: 'when does the gate open?', tokens: { in: 420, out: 38 }, tools: ['clock', 'search'] };
const ADDRESS = 'https://t.me/BotFather';
const CODE = `{
  // Who may write to the agent
  channels: { telegram: { allowFrom: ["anna"] } },
}`;

/** What one reads. */
export function Data({ theme }: { readonly theme: string }) {
  const t = useT();
  const d = t.design;
  const [since] = useState(() => Date.now() - 3_720_000);
  return (
    <>
      <Panel title={d.in(d.messages, theme)}>
        <div className="flex flex-col gap-2 px-4 py-3">
          <Banner tone="info" title={d.bannerInfo} />
          <Banner tone="ok" title={d.bannerOk} />
          <Banner tone="warn" title={d.bannerWarn} />
          <Banner tone="bad" title={d.bannerBad}>
            {d.bannerText}
          </Banner>
        </div>
      </Panel>
      <Panel title={d.in(d.figures, theme)}>
        <div className="grid gap-3 px-4 py-3 sm:grid-cols-2">
          <Stat title={d.stat} detail={d.statDetail} chart={<Sparkline label={d.stat} values={COURSE} />}>
            17
          </Stat>
          <div className="flex flex-col justify-center gap-4">
            <ProgressBar label={d.progress} done={640} total={1000} />
            <ProgressBar label={d.progress} done={412} tone="ok" />
          </div>
        </div>
      </Panel>
      <Panel title={d.in(d.facts, theme)}>
        <Facts className="px-4 py-3">
          <Fact name={d.factState}>
            <Badge tone="ok">{d.ok}</Badge>
          </Fact>
          <Fact name={d.factSince}>
            <Time value={since} />
          </Fact>
          <Fact name={d.factId} mono>
            ses_01k3v8yq4m7c
          </Fact>
        </Facts>
      </Panel>
      <SampleTable theme={theme} />
      <Panel title={d.in(d.states, theme)}>
        <div className="grid sm:grid-cols-2">
          <Skeleton className="p-4" lines={5} />
          <EmptyState title={d.empty}>
            <p>{d.emptyText}</p>
            <Command text="openclaw message send --to test" />
          </EmptyState>
        </div>
      </Panel>
      <Panel title={d.in(d.code, theme)}>
        <div className="px-4 py-3">
          <CodeBlock label={d.in('openclaw.json', theme)} text={CODE} />
        </div>
      </Panel>
      <Panel title={d.in(d.tree, theme)}>
        <JsonTree value={VALUE} />
      </Panel>
      <Panel title={d.in(d.qrCode, theme)}>
        <div className="px-4 py-3">
          <QrCode text={ADDRESS} label={d.qrCodeOf(ADDRESS)} />
        </div>
      </Panel>
    </>
  );
}

function SampleTable({ theme }: { readonly theme: string }) {
  const t = useT();
  const d = t.design;
  const [sort, setSort] = useState<Sort>({ column: 'messages', descending: true });
  const [selected, setSelected] = useState<string>();
  const rows = ROWS.toSorted((a, b) => (sort.descending ? b.messages - a.messages : a.messages - b.messages));
  return (
    <Panel title={d.in(d.table, theme)}>
      <DataTable
        label={d.in(d.tableName, theme)}
        rows={rows}
        keyOf={({ name }) => name}
        sort={sort}
        onSort={setSort}
        selected={selected}
        onOpen={({ name }) => setSelected(name)}
        columns={[
          { id: 'name', title: d.tableColumn.name, cell: ({ name }) => <span className="font-medium">{name}</span> },
          {
            id: 'state',
            title: d.tableColumn.state,
            cell: ({ connected }) => <Badge tone={connected ? 'ok' : 'bad'}>{connected ? d.ok : d.bad}</Badge>,
          },
          { id: 'messages', title: d.tableColumn.messages, align: 'right', sortable: true, cell: ({ messages }) => messages },
        ]}
      />
    </Panel>
  );
}
