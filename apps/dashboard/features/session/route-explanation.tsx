'use client';
import Check from 'lucide-react/icons/check';
import Minus from 'lucide-react/icons/minus';
import X from 'lucide-react/icons/x';
import type { ReactNode } from 'react';
import type { Outputs } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { RuleLink } from '../config/rule-link.tsx';
import { KeyDerivation, Layers } from './route-derivation.tsx';
import { RouteQuestions } from './route-questions.tsx';

export type Route = NonNullable<Outputs['sessions']['turn']['route']>;
/** A decision that was worked out beforehand has no time and no place in the log. */
type Explained = Omit<Route, 'position' | 'evaluatorVersion' | 'durationUs'> & Partial<Route>;

type ExplanationProps = {
  readonly route: Explained | undefined;
  /** The message that it was decided about, where there was one. */
  readonly messageId?: string;
  /** What stands below in place of the word that it was recorded. */
  readonly note?: string;
};

/** Why this agent and this session: every rule in the order it was tried, and what came of it. */
export function RouteExplanation({ route, messageId, note }: ExplanationProps) {
  const t = useT();
  const format = useFormat();
  if (!route) return <p className="px-4 py-3 text-sm text-ink-2">{t.route.none}</p>;
  const { modelFrom } = route;
  return (
    <div className="flex flex-col">
      <ScrollArea label={t.route.table} className="overflow-x-auto">
        <table className="w-full min-w-md text-left text-xs">
          <caption className="sr-only">{t.route.table}</caption>
          <thead className="text-ink-3">
            <tr className="border-b border-line">
              <th className="py-2 pr-2 pl-4 font-medium">#</th>
              <th className="pr-3 font-medium">
                {t.route.rule}, {t.route.reason}
              </th>
              <th className="pr-3 font-medium">{t.route.result}</th>
              <th className="pr-4 font-medium">
                {t.route.expected} / {t.route.actual}
              </th>
            </tr>
          </thead>
          <tbody>
            {route.candidates.map((candidate, index) => {
              const won = candidate.rule === route.winner;
              return (
                <tr key={candidate.rule} className={classNames('border-b border-line align-top', won && 'bg-accent-soft')}>
                  <td className="py-2 pr-2 pl-4 text-ink-3 figures">{index + 1}</td>
                  <th scope="row" className="py-2 pr-3 font-normal">
                    <RuleLink
                      rule={candidate.rule}
                      defaultAgent={won ? route.agentId : undefined}
                      configHash={route.configHash}
                      {...(won && { className: 'font-semibold' })}
                    />
                    <span className="block text-ink-2">{t.route.said(candidate.reason)}</span>
                  </th>
                  <td className="py-2 pr-3">
                    <Result matched={candidate.matched} />
                  </td>
                  <td className="py-2 pr-4">
                    <Comparison expected={candidate.expected} actual={candidate.actual} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollArea>
      <p className="px-4 pt-2 text-xs text-ink-2">{t.route.order}</p>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1.5 px-4 py-3 text-sm">
        <Fact name={t.route.winner}>{route.winner ?? t.common.none}</Fact>
        {route.sessionKeyRule ? <Fact name={t.route.sessionKeyRule}>{route.sessionKeyRule}</Fact> : null}
        {route.agentId ? <Fact name={t.route.agent}>{route.agentId}</Fact> : null}
        {route.model ? (
          <Fact name={t.route.model}>
            {route.model}
            {modelFrom ? (
              <span className="text-ink-3"> · {t.route.modelFrom[modelFrom as keyof typeof t.route.modelFrom] ?? modelFrom}</span>
            ) : null}
          </Fact>
        ) : null}
        <Fact name={t.route.config}>
          <code className="font-mono text-xs">{route.configHash.slice(0, 12)}</code>
        </Fact>
        {route.durationUs === undefined ? null : <Fact name={t.route.took}>{format.duration(route.durationUs / 1_000)}</Fact>}
      </dl>
      {route.agentId === undefined ? null : <Layers route={route} />}
      {route.sessionKeyRule !== undefined && (route.sessionKeyParts || isRecorded(route)) ? <KeyDerivation route={route} /> : null}
      {messageId !== undefined && isRecorded(route) ? <RouteQuestions messageId={messageId} route={route} /> : null}
      <p className="border-t border-line px-4 py-2 text-xs text-ink-3">{note ?? t.route.recorded}</p>
    </div>
  );
}

const isRecorded = (route: Explained): route is Route => route.position !== undefined && route.durationUs !== undefined;

function Result({ matched }: { readonly matched: boolean | undefined }) {
  const t = useT();
  if (matched === undefined)
    return <Mark icon={<Minus aria-hidden className="size-3.5" />} text={t.route.notReached} colour="text-ink-3" />;
  if (matched) return <Mark icon={<Check aria-hidden className="size-3.5" />} text={t.route.matched} colour="text-ok" />;
  return <Mark icon={<X aria-hidden className="size-3.5" />} text={t.route.unmatched} colour="text-ink-2" />;
}

function Mark({ icon, text, colour }: { readonly icon: ReactNode; readonly text: string; readonly colour: string }) {
  return (
    <span className={classNames('flex items-center gap-1 whitespace-nowrap', colour)}>
      {icon}
      {text}
    </span>
  );
}

function Comparison({
  expected,
  actual,
}: {
  readonly expected: Readonly<Record<string, string>>;
  readonly actual: Readonly<Record<string, string>>;
}) {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return (
    <ul className="flex flex-col font-mono">
      {names.map((name) => (
        <li key={name} className="[overflow-wrap:anywhere]">
          <span className="text-ink-3">{name}</span> {expected[name] ?? '–'} / {actual[name] ?? '–'}
        </li>
      ))}
    </ul>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
