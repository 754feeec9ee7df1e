import type { Overview } from '@openclaw-gateway/db';
import type { SafeMode } from '../../operations/boot-record.ts';
import type { Context } from '../context.ts';
import { formatAgo, paint, pairs, shortPath, table } from '../output.ts';
import { banner } from './gateway-status.ts';

type Status = {
  readonly version: string;
  readonly uptimeMs: number;
  readonly pid: number;
  readonly activity: { readonly activeRuns: number; readonly waitingMessages: number };
  readonly channels: readonly {
    readonly channel: string;
    readonly account: string;
    readonly enabled: boolean;
    readonly connected: boolean;
  }[];
  readonly memoryBytes: Readonly<Record<string, number>>;
  readonly overview: Overview;
  readonly safeMode?: SafeMode;
};

const MEMORY_PARTS: readonly (readonly [string, string])[] = [
  ['rss', 'whole process'],
  ['heapUsed', 'objects in use'],
  ['heapTotal', 'heap reserved for objects'],
  ['arrayBuffers', 'buffers'],
  ['external', 'native libraries, buffers included'],
  ['limit', 'limit'],
];

/** The gateway at a glance; of a stopped one, what can be said without it. */
export async function status(context: Context, options: { readonly memory?: true }): Promise<undefined> {
  const api = await context.apiIfRunning();
  if (!api) {
    context.out.result({ ok: true, runtime: 'stopped', stateDir: context.paths.dir, configPath: context.paths.config }, () => [
      `Gateway: ${paint('yellow', 'stopped')}`,
      ...pairs([
        ['State', shortPath(context.paths.dir)],
        ['Configuration', shortPath(context.paths.config)],
      ]),
      'Start it with `openclaw gateway start`.',
    ]);
    return;
  }
  const answer = await api.get<Status>('/api/status');
  context.out.result({ ok: true, runtime: 'running', url: api.url, ...answer }, () =>
    options.memory ? describeMemory(answer) : describe(answer, api.url),
  );
}

function describe({ version, uptimeMs, pid, activity, channels, overview, safeMode }: Status, url: string): string[] {
  const enabled = channels.filter((channel) => channel.enabled);
  const connected = enabled.filter((channel) => channel.connected).length;
  const unsettled = overview.oldestUnsettledAt === undefined ? '' : `, the oldest from ${formatAgo(overview.oldestUnsettledAt)}`;
  const { p50, p95 } = overview.replyMs;
  const attention = [
    overview.held > 0 ? `${overview.held} replies are held for you` : '',
    overview.deadLetteredLastDay > 0 ? `${overview.deadLetteredLastDay} messages got no answer in the last day` : '',
    ...overview.projections
      .filter((view) => view.stoppedAt)
      .map((view) => `the view ${view.name} stopped at event ${view.stoppedAt?.position}`),
  ].filter((line) => line !== '');
  return [
    `Gateway: ${paint('green', 'running')} (pid ${pid}), version ${version}, for ${formatMinutes(uptimeMs)}`,
    ...(safeMode ? banner(safeMode) : []),
    ...pairs([
      ['Address', url],
      ['Channels', enabled.length === 0 ? 'none configured' : `${connected} of ${enabled.length} connected`],
      ['Messages', `${overview.receivedPerMinute.toFixed(1)} received and ${overview.deliveredPerMinute.toFixed(1)} answered a minute`],
      [
        'Replies',
        p50 === undefined ? 'none in the last hour' : `half within ${Math.round(p50)} ms, 95 % within ${Math.round(p95 ?? p50)} ms`,
      ],
      ['Working on', `${activity.activeRuns} running, ${activity.waitingMessages} waiting`],
      ['Unsettled', `${overview.unsettled} messages${unsettled}`],
      ['Sessions', String(overview.sessions)],
      ['Events', `${overview.head} in the log`],
    ]),
    ...attention.map((line) => paint('yellow', `Attention: ${line}.`)),
  ];
}

function describeMemory({ memoryBytes }: Status): string[] {
  const rows = MEMORY_PARTS.flatMap(([key, what]) => {
    const bytes = memoryBytes[key];
    return bytes === undefined ? [] : [[what, `${(bytes / 1024 ** 2).toFixed(1)} MB`]];
  });
  return table(['MEMORY', 'SIZE'], rows);
}

function formatMinutes(durationMs: number): string {
  const minutes = Math.floor(durationMs / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days ${hours % 24} h`;
}
