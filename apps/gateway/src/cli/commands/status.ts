import type { Overview } from '@openclaw-gateway/db';
import type { SafeMode } from '../../operations/boot-record.ts';
import type { MemoryReport } from '../../operations/memory-report.ts';
import type { TlsStatus } from '../../operations/tls/index.ts';
import type { Context } from '../context.ts';
import { formatAgo, formatTime, paint, pairs, shortPath } from '../output.ts';
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
  readonly tls: TlsStatus;
  readonly remote:
    | { readonly state: 'off' }
    | {
        readonly state: 'starting' | 'exposed' | 'failed';
        readonly via: string;
        readonly url?: string;
        readonly warning?: string;
        readonly error?: { readonly message: string; readonly remedy: string; readonly details?: { readonly remedy?: string } };
      };
  readonly overview: Overview;
  /** What the files of messages take of the disk. */
  readonly attachments: { readonly files: number; readonly bytes: number };
  readonly safeMode?: SafeMode;
};

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
  if (options.memory) {
    const { describeMemory } = await import('./status-memory.ts');
    const memory = await api.get<MemoryReport>('/api/memory');
    context.out.result({ ok: true, runtime: 'running', url: api.url, memory }, () => describeMemory(memory));
    return;
  }
  const answer = await api.get<Status>('/api/status');
  context.out.result({ ok: true, runtime: 'running', url: api.url, ...answer }, () => describe(answer, api.url));
}

function describe(
  { version, uptimeMs, pid, activity, channels, tls, overview, attachments, remote, safeMode }: Status,
  url: string,
): string[] {
  const enabled = channels.filter((channel) => channel.enabled);
  const connected = enabled.filter((channel) => channel.connected).length;
  const unsettled = overview.oldestUnsettledAt === undefined ? '' : `, the oldest from ${formatAgo(overview.oldestUnsettledAt)}`;
  const { p50, p95 } = overview.replyMs;
  const attention = [
    ...(tls.state === 'off' ? [] : tls.problems),
    overview.held > 0 ? `${overview.held} replies are held for you` : '',
    overview.deadLetteredLastDay > 0 ? `${overview.deadLetteredLastDay} messages got no answer in the last day` : '',
    ...overview.projections
      .filter((view) => view.stoppedAt)
      .map((view) => `the view ${view.name} stopped at event ${view.stoppedAt?.position}`),
    ...(remote.state === 'off' || !remote.warning ? [] : [remote.warning]),
  ].filter((line) => line !== '');
  return [
    `Gateway: ${paint('green', 'running')} (pid ${pid}), version ${version}, for ${formatMinutes(uptimeMs)}`,
    ...(safeMode ? banner(safeMode) : []),
    ...pairs([
      ['Address', url],
      ...certificate(tls),
      ...(remote.state === 'off' ? [] : [['Tailscale', describeRemote(remote)] as const]),
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
      ['Attachments', `${attachments.files} files, ${(attachments.bytes / 1_000_000).toFixed(1)} MB on the disk`],
    ]),
    ...attention.map((line) => paint('yellow', `Attention: ${line}.`)),
  ];
}

function certificate(tls: TlsStatus): (readonly [string, string])[] {
  if (tls.state === 'off') return [];
  const { certificate: shown, renewal } = tls;
  const renews = renewal?.nextAttemptAt === undefined ? '' : `, renewed ${formatTime(renewal.nextAttemptAt)}`;
  if (!shown) return [['Certificate', `none yet${renewal ? ` for ${renewal.domain} from ${renewal.authority}` : ''}`]];
  const names =
    shown.names.length > 2 ? `${shown.names.slice(0, 2).join(', ')} and ${shown.names.length - 2} more` : shown.names.join(', ');
  return [
    ['Certificate', `${names} from ${shown.issuer}, ${shown.expires.endsWith('ago') ? 'expired' : 'expires'} ${shown.expires}${renews}`],
  ];
}

function describeRemote({ state, via, url, error }: Exclude<Status['remote'], { state: 'off' }>): string {
  if (state === 'exposed') return `${url}  (${via === 'tailscale_funnel' ? 'open to the internet' : 'for your tailnet'})`;
  if (!error) return 'starting';
  return `${paint('yellow', error.message)} ${error.details?.remedy ?? error.remedy}`;
}

function formatMinutes(durationMs: number): string {
  const minutes = Math.floor(durationMs / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days ${hours % 24} h`;
}
