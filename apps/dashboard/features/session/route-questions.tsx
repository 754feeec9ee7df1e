'use client';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useT } from '../../i18n/index.tsx';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Loaded } from '../../ui/states.tsx';
import { nearestRule } from './nearest-rule.ts';
import type { Route } from './route-explanation.tsx';

const QUESTIONS = ['config', 'now', 'nearest'] as const;
type Question = (typeof QUESTIONS)[number];

/** What one asks next about a decision. */
export function RouteQuestions({ messageId, route }: { readonly messageId: string; readonly route: Route }) {
  const t = useT();
  const [asked, setAsked] = useState<Question>();
  const titles: Record<Question, string> = { config: t.route.showConfig, now: t.route.sameNow, nearest: t.route.whatChanges };
  return (
    <div className="border-t border-line">
      <div className="flex flex-wrap gap-1.5 px-4 py-2">
        {QUESTIONS.map((question) => (
          <Button
            key={question}
            aria-expanded={asked === question}
            className="h-7 px-2 text-xs"
            onClick={() => setAsked(asked === question ? undefined : question)}
          >
            {titles[question]}
          </Button>
        ))}
      </div>
      {asked === 'config' ? <ConfigThen position={route.position} /> : null}
      {asked === 'now' ? <RoutedNow key={messageId} messageId={messageId} /> : null}
      {asked === 'nearest' ? <Nearest route={route} /> : null}
    </div>
  );
}

function ConfigThen({ position }: { readonly position: number }) {
  const t = useT();
  const query = useQuery({ ...trpc.history.config.queryOptions({ at: position }), staleTime: Number.POSITIVE_INFINITY });
  return (
    <Loaded query={query}>
      {({ document }) => {
        if (!document) return <Answer>{t.route.noConfig}</Answer>;
        return Object.keys(document).length === 0 ? <Answer>{t.route.allDefaults}</Answer> : <JsonTree value={document} />;
      }}
    </Loaded>
  );
}

type RoutedNow = Outputs['sessions']['routeNow'];

const TONES: Record<RoutedNow['verdict'], Tone> = {
  identical: 'ok',
  'route changed': 'warn',
  stricter: 'warn',
  looser: 'bad',
  unfaithful: 'neutral',
};

function RoutedNow({ messageId }: { readonly messageId: string }) {
  const t = useT();
  const query = useQuery({ ...trpc.sessions.routeNow.queryOptions({ messageId }), staleTime: 0 });
  return (
    <Loaded query={query}>
      {({ verdict, before, after }) => (
        <Answer>
          <Badge tone={TONES[verdict]} className="mb-1 whitespace-normal">
            {t.route.now[verdict]}
          </Badge>
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
            <dt className="text-ink-3">{t.route.before}</dt>
            <dd>
              <Decided decision={before} />
            </dd>
            <dt className="text-ink-3">{t.route.after}</dt>
            <dd>
              <Decided decision={after} />
            </dd>
          </dl>
        </Answer>
      )}
    </Loaded>
  );
}

function Decided({ decision: { route, rule, reason } }: { readonly decision: RoutedNow['before'] }) {
  const t = useT();
  return route ? t.route.goesTo(route.agentId, route.rule, route.model) : t.route.refusedBy(rule, t.route.said(reason));
}

function Nearest({ route }: { readonly route: Route }) {
  const t = useT();
  const nearest = nearestRule(route.candidates);
  if (!nearest) return <Answer>{t.route.noNearest}</Answer>;
  return (
    <Answer>
      <p>{t.route.nearest(nearest.rule)}</p>
      <ul className="mt-1 flex flex-col font-mono text-xs">
        {nearest.fields.map(({ field, expected, actual }) => (
          <li key={field}>{t.route.instead(field, expected, actual ?? t.route.nothing)}</li>
        ))}
      </ul>
    </Answer>
  );
}

function Answer({ children }: { readonly children: ReactNode }) {
  return <div className="px-4 pb-3 text-sm">{children}</div>;
}
