'use client';
import { useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { RuleLink } from '../config/rule-link.tsx';
import type { Route } from './route-explanation.tsx';
import { type Given, layersOf } from './route-layers.ts';

/** How the session key came about: its parts in their order, each with what put it there. */
export function KeyDerivation({ route }: { readonly route: Pick<Route, 'sessionKeyParts' | 'agentId' | 'configHash'> }) {
  const t = useT();
  const { sessionKeyParts: parts, configHash } = route;
  return (
    <section aria-label={t.route.keyParts} className="border-t border-line px-4 py-3 text-xs">
      <h3 className="mb-2 font-medium text-ink-2">{t.route.keyParts}</h3>
      {parts ? (
        <>
          <p className="mb-2 font-mono [overflow-wrap:anywhere]">{parts.map(({ value }) => value).join(':')}</p>
          <ol className="grid grid-cols-[auto_minmax(0,1fr)_minmax(0,1fr)] items-center gap-x-4 gap-y-1">
            {parts.map(({ part, value, by }) => (
              <li key={part} className="contents">
                <span className="text-ink-3">{t.route.keyPart[part]}</span>
                <code className="font-mono [overflow-wrap:anywhere]">{value}</code>
                <span className="min-w-0 text-ink-2 [overflow-wrap:anywhere]">
                  <RuleLink rule={by} defaultAgent={route.agentId} configHash={configHash} />
                </span>
              </li>
            ))}
          </ol>
        </>
      ) : (
        <p className="text-ink-2">{t.route.notRecorded}</p>
      )}
    </section>
  );
}

/** What each layer says of the agent and the model, from the weakest to the strongest. */
export function Layers({
  route,
}: {
  readonly route: Pick<Route, 'candidates' | 'winner' | 'agentId' | 'model' | 'modelFrom' | 'configHash'>;
}) {
  const t = useT();
  const { configHash } = route;
  return (
    <section aria-label={t.route.layers} className="border-t border-line px-4 py-3">
      <h3 className="mb-1 text-xs font-medium text-ink-2">{t.route.layers}</h3>
      <ScrollArea label={t.route.layers} className="overflow-x-auto">
        <table className="w-full text-left text-xs">
          <thead className="text-ink-3">
            <tr className="border-b border-line">
              <th className="py-1 pr-3 font-medium">{t.route.layer}</th>
              <th className="pr-3 font-medium">{t.route.agent}</th>
              <th className="font-medium">{t.route.model}</th>
            </tr>
          </thead>
          <tbody>
            {layersOf(route).map(({ layer, agent, model }) => (
              <tr key={layer} className="border-b border-line align-top last:border-b-0">
                <th scope="row" className="py-1 pr-3 font-normal">
                  {t.route.layerNames[layer]}
                </th>
                <td className="py-1 pr-3">
                  <Value given={agent} defaultAgent={route.agentId} configHash={configHash} />
                </td>
                <td className="py-1">
                  <Value given={model} configHash={configHash} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {route.model !== undefined && route.modelFrom === undefined ? (
        <p className="pt-1 text-xs text-ink-2">
          {t.route.model}: {t.route.notRecorded}
        </p>
      ) : null}
    </section>
  );
}

type ValueProps = { readonly given: Given | undefined; readonly defaultAgent?: string | undefined; readonly configHash: string };

function Value({ given, defaultAgent, configHash }: ValueProps) {
  const t = useT();
  if (!given) return <span className="text-ink-3">–</span>;
  const { value, by, counts } = given;
  return (
    <>
      <span className={classNames(counts ? 'font-semibold' : 'text-ink-2 line-through')}>{value}</span>
      {counts ? <span className="sr-only"> {t.route.counts}</span> : null}
      <span className="block text-ink-3">
        <RuleLink rule={by} defaultAgent={defaultAgent} configHash={configHash} />
      </span>
    </>
  );
}
