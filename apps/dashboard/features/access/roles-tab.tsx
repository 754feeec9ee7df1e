'use client';
import Check from 'lucide-react/icons/check';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { configUrl } from '../config/config-url.ts';

type Rules = Outputs['access']['rules'];

/** What each role may do, and by which ways browsers come in. */
export function RolesTab({ rules }: { readonly rules: Rules }) {
  const t = useT();
  return (
    <div className="flex flex-col gap-4">
      <Panel title={t.access.matrix}>
        <ScrollArea label={t.access.matrix} className="overflow-x-auto">
          <table className="w-full text-sm">
            <thead className="border-b border-line text-xs text-ink-3">
              <tr>
                <th scope="col" className="h-9 px-4 text-left font-medium">
                  {t.access.permission}
                </th>
                {rules.roleNames.map((role) => (
                  <th key={role} scope="col" title={t.access.roleHelp[role as keyof typeof t.access.roleHelp]} className="px-2 font-medium">
                    {role}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {Object.entries(rules.permissions).map(([permission, meaning]) => (
                <tr key={permission} className="border-b border-line last:border-b-0 hover:bg-sunken">
                  <th scope="row" className="min-w-64 px-4 py-2 text-left font-normal">
                    <code className="text-xs font-medium">{permission}</code>
                    <span className="block text-xs text-ink-3">
                      {t.access.meanings[permission as keyof typeof t.access.meanings] ?? meaning}
                    </span>
                  </th>
                  {rules.roleNames.map((role) => (
                    <td key={role} className="px-2 text-center">
                      {rules.roles[role]?.includes(permission) ? (
                        <Check role="img" aria-label={t.access.yes} className="mx-auto size-4 text-ok" />
                      ) : (
                        <span className="text-ink-3">
                          <span aria-hidden>·</span>
                          <span className="sr-only">{t.access.no}</span>
                        </span>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      </Panel>
      <Network network={rules.network} />
    </div>
  );
}

function Network({ network }: { readonly network: Rules['network'] }) {
  const t = useT();
  const format = useFormat();
  const link = (key: string, text: string) => (
    <a href={configUrl(key)} className="text-accent underline">
      {text}
    </a>
  );
  const listed = (items: readonly string[]) => (items.length === 0 ? t.common.none : items.join(', '));
  return (
    <Panel title={t.access.ways}>
      <div className="p-4">
        <Facts>
          <Fact name={t.access.authType}>{link('gateway.auth.type', network.authType)}</Fact>
          <Fact name={t.access.trustedProxies}>{link('gateway.network.trustedProxies', listed(network.trustedProxies))}</Fact>
          <Fact name={t.access.origins}>{link('gateway.auth.cors.origins', listed(network.origins))}</Fact>
          <Fact name={t.access.publicUrl}>{link('gateway.network.publicUrl', network.publicUrl ?? t.common.none)}</Fact>
          <Fact name={t.access.idle}>{link('gateway.auth.sessions.idleTimeout', format.duration(network.idleTimeoutMs))}</Fact>
          <Fact name={t.access.absolute}>{link('gateway.auth.sessions.absoluteTimeout', format.duration(network.absoluteTimeoutMs))}</Fact>
        </Facts>
      </div>
    </Panel>
  );
}
