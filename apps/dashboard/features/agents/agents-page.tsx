'use client';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useT } from '../../i18n/index.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { PageTitle } from '../frame/page-title.tsx';
import { AgentList } from './agent-list.tsx';
import { Beside } from './beside.tsx';
import { ModelPanel } from './model-panel.tsx';
import { PolicyMatrix } from './policy-matrix.tsx';
import { ToolTable } from './tool-table.tsx';

const TABS = ['agents', 'tools', 'matrix', 'models', 'beside'] as const;

/** Who answers, by which models, with which tools, and what runs beside. */
export function AgentsPage() {
  const t = useT();
  const [{ tab, tool }, setQuery] = useQueryStates({ tab: parseAsStringLiteral(TABS).withDefault('agents'), tool: parseAsString });
  const tabs = TABS.map((name) => ({ name, title: t.agents[name] }));
  return (
    <>
      <PageTitle title={t.agents.title} />
      <div className="flex min-w-0 flex-1 flex-col rounded-lg border border-line bg-surface max-sm:[&_[role=tablist]]:overflow-x-auto">
        <Tabs label={t.agents.tabs} tabs={tabs} selected={tab} onSelect={(next) => void setQuery({ tab: next, tool: null })}>
          {tab === 'agents' ? <AgentList /> : null}
          {tab === 'tools' ? <ToolTable chosen={tool} onChoose={(name) => void setQuery({ tool: name })} /> : null}
          {tab === 'matrix' ? <PolicyMatrix /> : null}
          {tab === 'models' ? <ModelPanel /> : null}
          {tab === 'beside' ? <Beside /> : null}
        </Tabs>
      </div>
    </>
  );
}
