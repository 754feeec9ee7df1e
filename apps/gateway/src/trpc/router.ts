/** The dashboard's calls, one router per page. A page imports the type of this only. */
import { agentsRouter } from './agents.ts';
import { approvalsRouter } from './approvals.ts';
import { channelsRouter } from './channels.ts';
import { consoleRouter } from './console.ts';
import { eventsRouter } from './events.ts';
import { frameRouter } from './frame.ts';
import { historyRouter } from './history.ts';
import { overviewRouter } from './overview.ts';
import { router } from './procedure.ts';
import { routingRouter } from './routing.ts';
import { sessionsRouter } from './sessions.ts';

export const appRouter = router({
  frame: frameRouter,
  overview: overviewRouter,
  events: eventsRouter,
  sessions: sessionsRouter,
  console: consoleRouter,
  history: historyRouter,
  approvals: approvalsRouter,
  channels: channelsRouter,
  routing: routingRouter,
  agents: agentsRouter,
});

export type AppRouter = typeof appRouter;
