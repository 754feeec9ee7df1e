'use client';
import { useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { eventsUrl } from '../frame/links.ts';
import { type Report, VERDICT_TONES, VerdictStrip } from './verdict-strip.tsx';

type Decisions = Extract<Report, { readonly kind: 'decisions' }>;
type Decision = Decisions['changes'][number]['before'];

const SHOWN = 100;

/** Messages that would be decided about otherwise, what was refused and would be let in first. */
export function DecisionsReport({ report: { messages, counts, changes, unfaithful, withoutConfig } }: { readonly report: Decisions }) {
  const t = useT();
  const [shown, setShown] = useState(SHOWN);
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <VerdictStrip counts={{ ...counts, unfaithful: unfaithful.length }} />
      {withoutConfig > 0 ? <p className="text-sm text-warn">{t.replay.withoutConfig(withoutConfig)}</p> : null}
      {unfaithful.length > 0 ? (
        <Panel title={t.replay.unfaithfulDecisions(unfaithful.length)}>
          <ul className="divide-y divide-line">
            {unfaithful.map(({ position, recorded, replayed }) => (
              <Row key={position} position={position} before={recorded} after={replayed} />
            ))}
          </ul>
        </Panel>
      ) : null}
      <Panel title={t.replay.decidedOtherwise(changes.length, messages)}>
        {changes.length === 0 ? <EmptyState title={t.replay.allSame} /> : null}
        <ul className="divide-y divide-line">
          {changes.slice(0, shown).map(({ verdict, position, before, after }) => (
            <Row key={position} verdict={verdict} position={position} before={before} after={after} />
          ))}
        </ul>
        {changes.length > shown ? (
          <Button look="quiet" className="m-2" onClick={() => setShown(shown + SHOWN)}>
            {t.timeTravel.moreChanges(changes.length - shown)}
          </Button>
        ) : null}
      </Panel>
    </div>
  );
}

type RowProps = {
  readonly verdict?: Decisions['changes'][number]['verdict'];
  readonly position: number;
  readonly before: Decision;
  readonly after: Decision;
};

function Row({ verdict, position, before, after }: RowProps) {
  const t = useT();
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-2 text-sm sm:grid-cols-[9rem_minmax(0,1fr)_minmax(0,1fr)]">
      <span className="flex items-center gap-2">
        <Link href={eventsUrl({ range: 'all', selected: position })} className="min-h-6 text-accent figures hover:underline">
          {position}
        </Link>
        {verdict ? <Badge tone={VERDICT_TONES[verdict]}>{t.replay.verdicts[verdict]}</Badge> : null}
      </span>
      <span className="min-w-0 foreign-text">
        <span className="text-xs text-ink-3">{t.route.before}</span> <Decided decision={before} />
      </span>
      <span className="min-w-0 foreign-text">
        <span className="text-xs text-ink-3">{t.route.after}</span> <Decided decision={after} />
      </span>
    </li>
  );
}

function Decided({ decision: { route, rule, reason } }: { readonly decision: Decision }) {
  const t = useT();
  return route ? t.route.goesTo(route.agentId, route.rule, route.model) : t.route.refusedBy(rule, reason);
}
