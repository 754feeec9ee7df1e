'use client';
import { useQuery } from '@tanstack/react-query';
import { trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { Loaded } from '../../ui/states.tsx';
import { ACTION_TONES } from './tool-table.tsx';

/** What becomes of each agent's calls of each tool, and the rule that says so. */
export function PolicyMatrix() {
  const t = useT();
  const tools = useQuery(trpc.agents.tools.queryOptions());
  return (
    <Loaded query={tools}>
      {(data) => {
        const of = new Map(data.standings.map((standing) => [`${standing.agent} ${standing.tool}`, standing]));
        return (
          <>
            <p className="border-b border-line px-4 py-2 text-xs text-ink-3">{t.agents.matrixNote}</p>
            <ScrollArea label={t.agents.matrix} className="overflow-x-auto">
              <table className="w-full text-left text-sm">
                <thead className="text-xs text-ink-3">
                  <tr className="border-b border-line">
                    <th className="sticky left-0 h-9 bg-surface pr-3 pl-4 font-medium">{t.agents.tool}</th>
                    {data.agents.map((agent) => (
                      <th key={agent} className="px-3 font-medium">
                        {agent}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {data.tools.map(({ name }) => (
                    <tr key={name} className="border-b border-line align-top last:border-b-0">
                      <th scope="row" className="sticky left-0 bg-surface py-2 pr-3 pl-4 font-mono text-xs font-medium">
                        {name}
                      </th>
                      {data.agents.map((agent) => {
                        const standing = of.get(`${agent} ${name}`);
                        if (!standing) return <td key={agent}>–</td>;
                        const { action, rule, unless } = standing;
                        return (
                          <td key={agent} data-standing={`${agent} ${name}`} className="px-3 py-2">
                            <Badge tone={ACTION_TONES[action]}>{t.agents.actions[action]}</Badge>
                            <span className="block font-mono text-2xs whitespace-nowrap text-ink-3">{rule}</span>
                            {unless.length === 0 ? null : (
                              <span className="block text-2xs text-ink-3">
                                {t.agents.unless(unless.map((other) => `${other.rule}: ${t.agents.actions[other.action]}`).join(', '))}
                              </span>
                            )}
                          </td>
                        );
                      })}
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollArea>
          </>
        );
      }}
    </Loaded>
  );
}
