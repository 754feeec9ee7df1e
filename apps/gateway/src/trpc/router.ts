/** The dashboard's calls, one router per page. A page imports the type of this only. */
import { accessRouter } from './access.ts';
import { agentsRouter } from './agents.ts';
import { approvalsRouter } from './approvals.ts';
import { channelsRouter } from './channels.ts';
import { configRouter } from './config.ts';
import { consoleRouter } from './console.ts';
import { eventsRouter } from './events.ts';
import { exportsRouter } from './exports.ts';
import { frameRouter } from './frame.ts';
import { historyRouter } from './history.ts';
import { logsRouter } from './logs.ts';
import { metricsRouter } from './metrics.ts';
import { overviewRouter } from './overview.ts';
import { router } from './procedure.ts';
import { pushRouter } from './push.ts';
import { replaysRouter } from './replays.ts';
import { retentionRouter } from './retention.ts';
import { routingRouter } from './routing.ts';
import { sessionActsRouter } from './session-acts.ts';
import { sessionsRouter } from './sessions.ts';
import { trailRouter } from './trail.ts';
import { viewsRouter } from './views.ts';

export const appRouter = router({
  frame: frameRouter,
  overview: overviewRouter,
  events: eventsRouter,
  sessions: sessionsRouter,
  sessionActs: sessionActsRouter,
  console: consoleRouter,
  config: configRouter,
  access: accessRouter,
  history: historyRouter,
  audit: trailRouter,
  exports: exportsRouter,
  retention: retentionRouter,
  logs: logsRouter,
  metrics: metricsRouter,
  replays: replaysRouter,
  views: viewsRouter,
  approvals: approvalsRouter,
  push: pushRouter,
  channels: channelsRouter,
  routing: routingRouter,
  agents: agentsRouter,
});

export type AppRouter = typeof appRouter;
