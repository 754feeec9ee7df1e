'use client';
import { useQuery } from '@tanstack/react-query';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Drawer } from '../../ui/drawer.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Time } from '../../ui/time.tsx';

type Tool = Outputs['agents']['tools']['tools'][number];

export const ACTION_TONES: Record<Tool['policy'], Tone> = { allow: 'ok', ask: 'warn', deny: 'neutral' };

const RISK_TONES: Record<Tool['risk'], Tone> = { low: 'neutral', medium: 'warn', high: 'bad' };

/** Every tool: what it may do, who may call it, and how it was used; one opens to what a model is told of it. */
export function ToolTable({ chosen, onChoose }: { readonly chosen: string | null; readonly onChoose: (name: string | null) => void }) {
  const t = useT();
  const format = useFormat();
  const tools = useQuery(trpc.agents.tools.queryOptions());
  const columns: readonly Column<Tool>[] = [
    { id: 'name', title: t.agents.tool, cell: ({ name }) => <span className="font-mono text-xs font-medium">{name}</span> },
    {
      id: 'effect',
      title: t.agents.effect,
      cell: ({ effect }) => <Badge tone={effect === 'write' ? 'warn' : 'neutral'}>{t.agents.effects[effect]}</Badge>,
    },
    {
      id: 'risk',
      title: t.agents.risk,
      from: 'lg',
      cell: ({ risk, sandbox }) => (
        <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <Badge tone={RISK_TONES[risk]}>{t.agents.risks[risk]}</Badge>
          <span className="text-xs text-ink-3">{t.agents.sandboxes[sandbox]}</span>
        </span>
      ),
    },
    {
      id: 'policy',
      title: t.agents.usual,
      from: 'md',
      cell: ({ policy }) => <Badge tone={ACTION_TONES[policy]}>{t.agents.actions[policy]}</Badge>,
    },
    { id: 'agents', title: t.agents.allowedTo, from: 'md', cell: ({ agents }) => agents.join(', ') || t.agents.nobody },
    { id: 'calls', title: t.agents.calls, align: 'right', cell: ({ use }) => format.number(use?.calls ?? 0) },
    {
      id: 'errors',
      title: t.agents.errors,
      align: 'right',
      from: 'sm',
      cell: ({ use }) => <span className={use && use.errors > 0 ? 'text-bad' : ''}>{format.number(use?.errors ?? 0)}</span>,
    },
    {
      id: 'p95',
      title: t.agents.p95,
      align: 'right',
      from: 'lg',
      cell: ({ use }) => (use?.p95Ms === undefined ? '–' : format.duration(use.p95Ms)),
    },
    {
      id: 'last',
      title: t.agents.lastUse,
      align: 'right',
      from: 'lg',
      cell: ({ use }) =>
        use ? <Time value={use.lastAt} className="text-xs" /> : <span className="text-xs text-ink-3">{t.agents.notUsed}</span>,
    },
  ];
  return (
    <Loaded query={tools}>
      {(data) => {
        const open = data.tools.find(({ name }) => name === chosen);
        return (
          <>
            <DataTable
              label={t.agents.registry}
              columns={columns}
              rows={data.tools}
              keyOf={({ name }) => name}
              onOpen={({ name }) => onChoose(name)}
              selected={chosen ?? undefined}
              empty={<p className="px-4 py-8 text-center text-sm text-ink-3">{t.agents.toolsNone}</p>}
            />
            {data.partial ? <p className="border-t border-line px-4 py-2 text-xs text-warn">{t.agents.partialTools}</p> : null}
            <div className="p-4">
              <Panel title={t.agents.mcp}>
                {data.mcp.length === 0 ? (
                  <p className="px-4 py-3 text-sm text-ink-3">{t.agents.mcpNone}</p>
                ) : (
                  <ul className="divide-y divide-line">
                    {data.mcp.map(({ name, kind, tools: count }) => (
                      <li key={name} className="flex flex-wrap items-center gap-3 px-4 py-2 text-sm">
                        <span className="font-mono text-xs font-medium">{name}</span>
                        <span className="text-ink-3">{t.agents.mcpKinds[kind]}</span>
                        <span className={`ml-auto ${count === 0 ? 'text-warn' : 'text-ink-2'}`}>{t.agents.mcpTools(count)}</span>
                      </li>
                    ))}
                  </ul>
                )}
              </Panel>
            </div>
            {open ? <ToolDrawer key={open.name} tool={open} onClose={() => onChoose(null)} /> : null}
          </>
        );
      }}
    </Loaded>
  );
}

function ToolDrawer({ tool, onClose }: { readonly tool: Tool; readonly onClose: () => void }) {
  const t = useT();
  const format = useFormat();
  const { use } = tool;
  return (
    <Drawer title={tool.name} onClose={onClose}>
      <div className="flex flex-col gap-4 overflow-auto p-4 scroll-quiet">
        <Facts>
          <Fact name={t.agents.effect}>{t.agents.effects[tool.effect]}</Fact>
          <Fact name={t.agents.risk}>{t.agents.risks[tool.risk]}</Fact>
          <Fact name={t.agents.sandbox}>{t.agents.sandboxWhat[tool.sandbox]}</Fact>
          <Fact name={t.agents.usual}>{t.agents.actions[tool.policy]}</Fact>
          <Fact name={t.agents.source}>{t.agents.sources[tool.source]}</Fact>
          <Fact name={t.agents.allowedTo}>{tool.agents.join(', ') || t.agents.nobody}</Fact>
          <Fact name={t.agents.timeout}>{format.duration(tool.timeoutMs)}</Fact>
          {use ? (
            <>
              <Fact name={t.agents.calls}>{format.number(use.calls)}</Fact>
              <Fact name={t.agents.errors}>{format.number(use.errors)}</Fact>
              <Fact name={t.agents.denied}>{format.number(use.denied)}</Fact>
              <Fact name={t.agents.lastUse}>
                <Time value={use.lastAt} />
              </Fact>
            </>
          ) : null}
        </Facts>
        <section aria-label={t.agents.description}>
          <h3 className="pb-1 text-xs font-medium text-ink-3">{t.agents.description}</h3>
          <p className="text-sm foreign-text">{tool.description}</p>
        </section>
        <CodeBlock label={t.agents.schema} text={JSON.stringify(tool.parameters, undefined, 2)} maxHeight={480} />
      </div>
    </Drawer>
  );
}
