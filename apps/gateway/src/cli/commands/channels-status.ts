import { type ErrorBody, GatewayError } from '@openclaw-gateway/events';
import type { ChannelFacts } from '@openclaw-gateway/sdk';
import { unknownChannel } from '../../channels/unknown-channel.ts';
import type { ChannelStateName } from '../../parts.ts';
import type { Api } from '../api.ts';
import type { Context } from '../context.ts';
import { formatAgo, formatTime, paint, plain, table } from '../output.ts';

type Channel = {
  readonly channel: string;
  readonly account: string;
  readonly enabled: boolean;
  readonly connected: boolean;
  readonly state?: ChannelStateName;
  readonly since?: number;
  readonly queue?: number;
  readonly identity?: string;
  readonly lastInboundAt?: number;
  readonly lastOutboundAt?: number;
  readonly tokenSince?: number;
  readonly facts?: ChannelFacts;
  readonly error?: ErrorBody;
};
type Step = {
  readonly name: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly detail?: string;
  readonly error?: ErrorBody;
};
type Probe = {
  readonly channel: string;
  readonly account: string;
  readonly ok: boolean;
  readonly steps: readonly Step[];
};
type StatusOptions = { readonly probe?: true; readonly channel?: string; readonly account?: string; readonly sendTo?: string };
type Answer = { readonly channels: readonly Channel[]; readonly probes?: readonly Probe[] };

/**
 * Which channels are connected; with `--probe` after talking to each service. The exit code is 1 when a probe failed.
 * Throws CHANNEL_NOT_FOUND when the channel that is asked for is not configured.
 */
export async function channelsStatus(context: Context, options: StatusOptions): Promise<number> {
  const { probe, channel, account, sendTo } = options;
  if (sendTo !== undefined && !(probe && channel !== undefined)) {
    throw new GatewayError('USAGE', { message: '--send-to needs --probe and --channel: the message goes out by one account.' });
  }
  const api = await context.apiIfRunning();
  if (!api) return await showConfigured(context, channel);
  const asked = await api.get<Answer>('/api/channels', { probe: probe ? 1 : undefined, channel, account });
  const answer = sendTo === undefined ? asked : { ...asked, probes: await withTestMessage(api, asked.probes ?? [], sendTo) };
  context.out.result(answer, () => [...describe(answer.channels), ...(answer.probes ?? []).flatMap(describeProbe)]);
  return answer.probes?.some((probe) => !probe.ok) ? 1 : 0;
}

/** The message is sent only where the probe found nothing wrong. */
async function withTestMessage(api: Api, probes: readonly Probe[], recipient: string): Promise<readonly Probe[]> {
  const [only, ...others] = probes;
  if (!only || others.length > 0) {
    const names = probes.map((each) => each.account).join(', ') || 'none';
    throw new GatewayError('USAGE', { message: `A test message goes out by one account; --account names it. There are: ${names}.` });
  }
  if (!only.ok) return probes;
  const { channel, account } = only;
  const step = await api.send<Step>('POST', '/api/channels/test-message', { channel, account, recipient });
  return [{ ...only, ok: step.ok, steps: [...only.steps, step] }];
}

function describe(channels: readonly Channel[]): string[] {
  if (channels.length === 0)
    return ['No channels are configured.', 'Add one, for example: openclaw config set channels.telegram.botToken "<token>"'];
  const rows = channels.map((channel) => [
    channel.channel,
    channel.account,
    state(channel),
    ago(channel.since),
    ago(channel.lastInboundAt),
    ago(channel.lastOutboundAt),
    String(channel.queue ?? '-'),
    plain(channel.identity ?? '-'),
  ]);
  const problems = channels.flatMap(({ channel, account, error }) =>
    error ? [paint('red', `${channel}/${account}: ${error.code}: ${plain(error.message)}`), `  What to do: ${error.remedy}`] : [],
  );
  return [
    ...table(['CHANNEL', 'ACCOUNT', 'STATE', 'SINCE', 'LAST IN', 'LAST OUT', 'QUEUE', 'IDENTITY'], rows),
    ...channels.flatMap(describeFacts),
    ...problems,
  ];
}

/** What the adapter knows of its place in the service, in one line an account. */
function describeFacts({ channel, account, tokenSince, facts = {} }: Channel): string[] {
  const { position, webhook, tokenExpiresAt, version } = facts;
  const known = [
    ...(position ? [`taken up to ${position.name} ${position.value}`] : []),
    ...(tokenSince === undefined ? [] : [`token in use since ${formatTime(tokenSince)}`]),
    ...(tokenExpiresAt === undefined ? [] : [`token expires ${formatTime(tokenExpiresAt)}`]),
    ...(webhook?.address === undefined ? [] : [`webhook ${webhook.address}`]),
    ...(webhook?.pending === undefined ? [] : [`${webhook.pending} waiting there`]),
    ...(webhook?.lastError === undefined ? [] : [`its last failure: ${webhook.lastError}`]),
    ...(webhook?.lastCallAt === undefined ? [] : [`last genuine call ${formatAgo(webhook.lastCallAt)}`]),
    ...(version === undefined ? [] : [`API ${version}`]),
  ];
  return known.length === 0 ? [] : [paint('dim', `${channel}/${account}: ${plain(known.join('; '))}`)];
}

function describeProbe({ channel, account, ok, steps }: Probe): string[] {
  return [
    '',
    `Probe ${channel}/${account}: ${ok ? paint('green', 'ok') : paint('red', 'failed')}`,
    ...steps.flatMap(({ name, ok: isGood, durationMs, detail, error }) => [
      `  ${isGood ? paint('green', '✓') : paint('red', '✗')} ${name} (${Math.round(durationMs)} ms)${detail === undefined ? '' : `: ${plain(detail)}`}`,
      ...(error ? [`      ${error.code}: ${plain(error.message)}`, `      What to do: ${error.remedy}`] : []),
    ]),
  ];
}

/** Pauses, drains or resumes `NAME[/ACCOUNT]`. */
export const holdChannel =
  (action: 'pause' | 'drain' | 'resume') =>
  async (context: Context, _options: unknown, named: string): Promise<undefined> => {
    const [channel = '', account] = named.split('/');
    const api = await context.api();
    const body = account === undefined ? { channel } : { channel, account };
    const answer = await api.send<{ channels: readonly Channel[] }>('POST', `/api/channels/${action}`, body);
    context.out.result(answer, () => answer.channels.map((held) => `${held.channel}/${held.account}: ${state(held)}`));
  };

async function showConfigured(context: Context, only: string | undefined): Promise<number> {
  const { config } = await context.config();
  if (only !== undefined && !Object.hasOwn(config.channels, only)) throw unknownChannel(only, Object.keys(config.channels));
  const channels = Object.entries(config.channels)
    .filter(([channel]) => only === undefined || channel === only)
    .flatMap(([channel, { accounts }]) =>
      Object.entries(accounts).map(([account, { enabled }]) => ({ channel, account, enabled, connected: false })),
    );
  context.out.result({ runtime: 'stopped', channels }, () => [
    'The gateway is stopped, so no channel is connected. Configured:',
    ...(channels.length > 0
      ? table(
          ['CHANNEL', 'ACCOUNT', 'STATE'],
          channels.map(({ channel, account, enabled }) => [channel, account, enabled ? 'enabled' : 'disabled']),
        )
      : ['  none']),
    'Start it with `openclaw gateway start`.',
  ]);
  return 0;
}

function state({ enabled, connected, error, state: name }: Channel): string {
  if (!enabled) return paint('dim', 'disabled');
  if (name === 'paused' || name === 'draining' || name === 'degraded') return paint('yellow', name);
  if (connected) return paint('green', 'connected');
  return error ? paint('red', 'failed') : paint('yellow', 'connecting');
}

const ago = (time: number | undefined) => (time === undefined ? '-' : formatAgo(time));
