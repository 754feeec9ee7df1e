'use client';
import type { Outputs } from '../../data/trpc.ts';
import { overview } from '../../i18n/en/overview.ts';
import { sessions } from '../../i18n/en/sessions.ts';
import { withText } from '../../i18n/index.tsx';
import { Loaded, type LoadedQuery } from '../../ui/states.tsx';
import { BusyAgents, LastChanges, SlowSessions } from './busy.tsx';
import { LogRow } from './log-row.tsx';
import { RecentSessions } from './recent-sessions.tsx';

type FurtherDownProps = {
  readonly summary: Outputs['overview']['summary'];
  readonly activity: LoadedQuery<Outputs['overview']['activity']>;
};

/** What one sees of the overview after scrolling: it is loaded after what stands above. */
export const FurtherDown = withText({ overview, sessions }, ({ summary, activity }: FurtherDownProps) => (
  <>
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <RecentSessions />
      <Loaded query={activity}>{({ slowest }) => <SlowSessions slowest={slowest} />}</Loaded>
      <Loaded query={activity}>{({ agents }) => <BusyAgents agents={agents} />}</Loaded>
      <Loaded query={activity}>{({ changes }) => <LastChanges changes={changes} />}</Loaded>
    </div>
    <LogRow summary={summary} />
  </>
));
