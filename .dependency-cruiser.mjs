/** Who may import whom: the rooms of docs/architecture.md. `npm run check` fails on an import that points the other way. */

const room = (name) => `^apps/gateway/src/${name}/`;
const DOORS = ['http', 'ws', 'trpc'];
const TEST = '\\.test\\.tsx?$';

/** A room's modules may not import these. Tests may: they put rooms together on purpose. */
function never(name, comment, from, to) {
  return { name, comment, severity: 'error', from: { path: from, pathNot: TEST }, to: { path: to } };
}

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that import each other are one idea cut in two.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'The imported file does not exist.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, path: '^\\.' },
    },
    {
      name: 'product-without-tests',
      comment: 'Test code does not belong in the product.',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: [TEST, '\\.contract\\.ts$', '/testing/'] },
      to: { path: [TEST, '^e2e/', '^bench/'] },
    },

    never('events-imports-nothing', 'packages/events is the language: no other part, no I/O.', '^packages/events/', [
      '^packages/(?!events/)',
      '^apps/',
      '^(node:)?(fs|net|http|https|child_process|worker_threads)(/|$)',
    ]),
    never('db-imports-events-only', 'packages/db stands on packages/events and on nothing else of ours.', '^packages/db/', [
      '^packages/sdk/',
      '^apps/',
    ]),
    never('sdk-imports-events-only', 'packages/sdk is what adapters import; it knows the language only.', '^packages/sdk/', [
      '^packages/db/',
      '^apps/',
    ]),
    never('gateway-not-dashboard', 'The gateway serves the built dashboard as files.', '^apps/gateway/', '^apps/dashboard/'),

    {
      name: 'dashboard-types-of-the-router-only',
      comment: 'The dashboard talks to the gateway over tRPC: it may import the types of its router, never its code.',
      severity: 'error',
      from: { path: '^apps/dashboard/' },
      to: { path: '^apps/gateway/', dependencyTypesNot: ['type-only'] },
    },
    never('dashboard-router-is-the-only-door', 'Of the gateway the dashboard may know the router.', '^apps/dashboard/', [
      '^apps/gateway/src/(?!trpc/)',
      '^packages/(db|sdk)/',
    ]),

    ...DOORS.map((door) =>
      never(
        `door-${door}-alone`,
        'Doors stand side by side; what two of them need lives in a room behind them.',
        room(door),
        DOORS.filter((other) => other !== door).map((other) => `^apps/gateway/src/${other}/(?!index\\.ts$)`),
      ),
    ),
    never(
      'doors-hold-no-logic',
      'A door calls parts.ts; it does not reach into the pipeline or the adapters.',
      room(`(${DOORS.join('|')})`),
      ['models', 'channels', 'tools', 'pipeline'].map((name) => `^apps/gateway/src/${name}/(?!index\\.ts$)`),
    ),
    never('pipeline-knows-no-door', 'A message takes the same path whichever door it came by.', room('pipeline'), [
      room(`(${DOORS.join('|')}|cli)`),
      '^apps/gateway/src/(channels|models|tools)/[^/]+/',
    ]),
    never(
      'cli-not-pipeline',
      'A command goes through a running gateway or reads the log; it never runs the pipeline itself.',
      room('cli'),
      room('pipeline'),
    ),
    never(
      'adapters-stand-alone',
      'An adapter imports packages/sdk and packages/events, so that a third party could have written it.',
      '^apps/gateway/src/(channels|models|tools)/[^/]+/',
      ['^apps/gateway/src/(?!(channels|models|tools)/)', '^packages/db/'],
    ),
    {
      name: 'lucia-behind-access',
      comment: 'lucia stands behind one module, so that it can be replaced.',
      severity: 'error',
      from: { pathNot: '^apps/gateway/src/access/' },
      to: { path: 'node_modules/(lucia|@lucia-auth)/' },
    },
    {
      name: 'sqlite-behind-db',
      comment: 'Only packages/db and the login store open a database.',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: ['^packages/db/', '^apps/gateway/src/access/', TEST] },
      to: { path: 'node_modules/(better-sqlite3|kysely)/', dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)(\\.next|out|dist)/', 'next-env\\.d\\.ts$'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
