/** Who may import whom: the rooms of docs/architecture.md. `npm run check` fails on an import that points the other way. */

export type Rule = {
  readonly name: string;
  readonly why: string;
  readonly from: RegExp;
  /** A file of the repository, `npm:<package>` or `node:<module>`. */
  readonly to: RegExp;
  /** Importing types is no use of the other room's code. */
  readonly typesAllowed?: boolean;
};

const DOORS = ['http', 'ws', 'trpc'];
const insideOf = (...rooms: readonly string[]) => new RegExp(`^apps/gateway/src/(${rooms.join('|')})/(?!index\\.ts$)`);
const room = (...names: readonly string[]) => new RegExp(`^apps/gateway/src/(${names.join('|')})/`);

export const RULES: readonly Rule[] = [
  {
    name: 'events-imports-nothing',
    why: 'packages/events is the language: no other part of the repository and no I/O.',
    from: /^packages\/events\//,
    to: /^(packages\/(?!events\/)|apps\/|node:(fs|net|http|https|child_process|worker_threads))/,
  },
  {
    name: 'db-imports-events-only',
    why: 'packages/db stands on packages/events and on nothing else of ours.',
    from: /^packages\/db\//,
    to: /^(packages\/sdk|apps)\//,
  },
  {
    name: 'sdk-imports-events-only',
    why: 'packages/sdk is what adapters import: it knows the language only.',
    from: /^packages\/sdk\//,
    to: /^(packages\/db|apps)\//,
  },
  {
    name: 'gateway-not-dashboard',
    why: 'The gateway serves the built dashboard as files.',
    from: /^apps\/gateway\//,
    to: /^apps\/dashboard\//,
  },
  {
    name: 'dashboard-takes-types-only',
    why: 'The dashboard talks to the gateway over tRPC: of the router it may import the types, never code.',
    from: /^apps\/dashboard\//,
    to: /^apps\/gateway\//,
    typesAllowed: true,
  },
  {
    name: 'dashboard-knows-the-router-only',
    why: 'Of the repository the dashboard may know the router and packages/events.',
    from: /^apps\/dashboard\//,
    to: /^(apps\/gateway\/src\/(?!trpc\/)|packages\/(db|sdk)\/)/,
  },
  ...DOORS.map((door) => ({
    name: `door-${door}-alone`,
    why: 'Doors stand side by side: what two of them need lives in a room behind them.',
    from: room(door),
    to: insideOf(...DOORS.filter((other) => other !== door)),
  })),
  {
    name: 'doors-know-no-adapter',
    why: 'A door calls parts.ts; it does not reach into a channel, a model or a tool. Webhooks come in by HTTP, so their rules are read there.',
    from: room(...DOORS),
    to: /^apps\/gateway\/src\/(channels\/(?!webhook\/)|models\/|tools\/)[^/]+\//,
  },
  {
    name: 'pipeline-knows-no-door-and-no-adapter',
    why: 'A message takes the same path whichever door it came by and whoever answers it.',
    from: room('pipeline'),
    to: /^apps\/gateway\/src\/((http|ws|trpc|cli)\/|(channels|models|tools)\/[^/]+\/)/,
  },
  {
    name: 'cli-not-pipeline',
    why: 'A command goes through a running gateway or reads the log; it never runs the pipeline itself.',
    from: room('cli'),
    to: room('pipeline'),
  },
  {
    name: 'replay-has-no-effects',
    why: 'What runs the past again must not be able to reach a channel, a model, a tool or a socket.',
    from: room('replay'),
    to: /^(apps\/gateway\/src\/((channels|models|http|ws|trpc|access|cli|operations|export)\/|tools\/(?!policy\.ts$)|gateway\.ts$)|node:(http|https|http2|tls)$|npm:(?!zod$))/,
    typesAllowed: true,
  },
  {
    name: 'replay-has-no-log',
    why: 'A replay writes to a log in memory; the real one it is given as data.',
    from: room('replay'),
    to: /^packages\/db\/src\/(?!memory-log\.ts$)/,
    typesAllowed: true,
  },
  {
    name: 'adapters-stand-apart',
    why: 'Channels, models and tools know the sdk and their own room, so that a third party could have written them.',
    from: room('channels', 'models', 'tools'),
    to: room('pipeline', 'cli', 'trpc', 'ws', 'http/routes'),
  },
  {
    name: 'lucia-behind-access',
    why: 'lucia stands behind one room, so that it can be replaced.',
    from: /^(?!apps\/gateway\/src\/access\/)/,
    to: /^npm:(lucia|@lucia-auth\/.*)$/,
  },
  {
    name: 'sqlite-behind-db',
    why: 'Only packages/db and the login store open a database.',
    from: /^(packages\/(?!db\/)|apps\/(?!gateway\/src\/access\/))/,
    to: /^npm:(better-sqlite3|kysely)$/,
    typesAllowed: true,
  },
  {
    name: 'product-without-tests',
    why: 'Code for tests does not belong in the product.',
    from: /^(packages|apps)\/(?!.*\/testing\/)/,
    to: /(^(e2e|bench)\/|\/testing\/|\.test\.tsx?$)/,
  },
];
