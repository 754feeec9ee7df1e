/** The life of one channel account: started, watched, and started again after a while when it fails. */
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  ChannelConnected,
  ChannelDisconnected,
  ChannelUpdateRefused,
  GatewayError,
  type NewEvent,
  shorten,
  toGatewayError,
} from '@openclaw-gateway/events';
import type {
  Amended,
  Amendment,
  ChannelAccount,
  ChannelAnswer,
  ChannelCall,
  ChannelContext,
  ChannelDefinition,
  Inbound,
  Outbound,
  ProbeStep,
  Received,
} from '@openclaw-gateway/sdk';
import type { ChannelStatus } from '../parts.ts';
import { type Backoff, restartDelayMs } from './backoff.ts';

const MOST_STOP_MS = 5_000;

export type AccountOptions = {
  readonly channel: string;
  readonly account: string;
  /** The account's block of the configuration; the adapter checks its own keys. */
  readonly config: unknown;
  readonly load: () => Promise<ChannelDefinition>;
  readonly receive: (inbound: Inbound) => Promise<Received>;
  readonly amend: (amendment: Amendment) => Promise<Amended>;
  /** Appends an event to the account's stream. */
  readonly record: (event: NewEvent) => Promise<void>;
  readonly backoff: Backoff;
  readonly now: () => number;
  readonly random: () => number;
  /** Outlives the account, so that one that starts again knows what it may have missed. */
  readonly presence: Presence;
};

/** Until when an account was connected, in milliseconds since 1970. */
export type Presence = { lastConnectedAt?: number };

export type RunningAccount = {
  readonly status: () => ChannelStatus;
  /** Throws CHANNEL_UNAVAILABLE while the account is down, and what the adapter throws. */
  readonly send: (outbound: Outbound, signal: AbortSignal) => Promise<{ readonly providerMessageId?: string }>;
  readonly probe: (signal: AbortSignal) => Promise<readonly ProbeStep[]>;
  /** How it shows that an answer is being written, while it runs and where the adapter can. */
  readonly typing: () => ChannelAccount['typing'];
  /** Throws NOT_FOUND when the adapter takes no calls, CHANNEL_UNAVAILABLE while the account is down, and what the adapter throws. */
  readonly webhook: (call: ChannelCall) => Promise<ChannelAnswer>;
  readonly stop: () => Promise<void>;
};

type Connection = { readonly connected: boolean; readonly since?: number; readonly identity?: string; readonly error?: GatewayError };

/** Starts an account and keeps it running until it is stopped. Never throws: what goes wrong is in its status and its events. */
export function runAccount(options: AccountOptions): RunningAccount {
  const { channel, account, now } = options;
  const lifetime = new AbortController();
  let current: ChannelAccount | undefined;
  let connection: Connection = { connected: false };
  let lastInboundAt: number | undefined;
  let lastOutboundAt: number | undefined;

  let recorded: Promise<void> = Promise.resolve();
  const record = (event: NewEvent) => {
    recorded = recorded.then(() => options.record(event)).catch(() => {});
  };

  const onConnected = (identity?: string) => {
    if (connection.connected || lifetime.signal.aborted) return;
    connection = { connected: true, since: now(), ...(identity === undefined ? {} : { identity }) };
    record(ChannelConnected.create({ channel, account, ...(identity === undefined ? {} : { identity: shorten(identity, 128) }) }));
  };

  const onDown = (reason: string, error?: GatewayError) => {
    // An account that stays down for the same reason is one event, however often it is tried.
    if (connection.connected) options.presence.lastConnectedAt = now();
    const isNews = connection.connected || connection.since === undefined || connection.error?.code !== error?.code;
    connection = { connected: false, since: isNews ? now() : (connection.since ?? now()), ...(error ? { error } : {}) };
    if (!isNews) return;
    const problem = error ? { problem: { code: error.code, message: shorten(error.message, 2000) } } : {};
    record(ChannelDisconnected.create({ channel, account, reason: shorten(reason, 128) || 'unknown', ...problem }));
  };

  const refuse = async (update: unknown, error: GatewayError) => {
    const text = JSON.stringify(update) ?? '';
    const problem = { code: error.code, message: shorten(error.message, 2000) };
    const updateHash = createHash('sha256').update(text).digest('hex');
    await options.record(ChannelUpdateRefused.create({ channel, account, problem, sizeBytes: Buffer.byteLength(text), updateHash }));
  };

  const receive = async (inbound: Inbound) => {
    const received = await options.receive(inbound);
    lastInboundAt = now();
    return received;
  };

  /** One life of the adapter, from its start to its failure. Resolves with why it ended. */
  const live = async (): Promise<{ readonly reason: string; readonly error?: GatewayError }> => {
    const down = Promise.withResolvers<{ readonly reason: string; readonly error?: GatewayError }>();
    const control = new AbortController();
    // Connected counts from when the account can also send.
    let announce = () => {};
    const stopNow = () => control.abort();
    lifetime.signal.addEventListener('abort', stopNow, { once: true });
    try {
      const definition = await options.load();
      const context: ChannelContext<unknown> = {
        account,
        config: parseConfig(definition, options.config, `${channel}/${account}`),
        receive,
        amend: options.amend,
        ...options.presence,
        refuse,
        connected: (identity) => {
          announce = () => onConnected(identity);
          if (current) announce();
        },
        disconnected: (reason, error) => down.resolve(error ? { reason, error } : { reason }),
        signal: control.signal,
      };
      control.signal.addEventListener('abort', () => down.resolve({ reason: 'stopped' }), { once: true });
      if (control.signal.aborted) return { reason: 'stopped' };
      const started = definition.start(context);
      // A start that never returns must still be stoppable; what it then makes is put away.
      const first = await Promise.race([started, down.promise]);
      if ('reason' in first) {
        announce();
        void started.then((late) => late.stop()).catch(() => {});
        return first;
      }
      current = first;
      announce();
      return await down.promise;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      return { reason: error.code, error };
    } finally {
      lifetime.signal.removeEventListener('abort', stopNow);
      const ended = current;
      current = undefined;
      control.abort();
      await stopInTime(ended);
    }
  };

  const done = (async () => {
    let failures = 0;
    while (!lifetime.signal.aborted) {
      const { reason, error } = await live();
      if (lifetime.signal.aborted) break;
      const connectedForMs = connection.connected ? now() - (connection.since ?? now()) : 0;
      failures = connectedForMs >= options.backoff.stableMs ? 1 : failures + 1;
      onDown(reason, error);
      await wait(restartDelayMs(options.backoff, failures, error, options.random), undefined, { signal: lifetime.signal }).catch(() => {});
    }
    if (connection.connected) onDown('stopped');
    await recorded;
  })();

  return {
    status: () => ({
      channel,
      account,
      enabled: true,
      ...connection,
      ...(lastInboundAt === undefined ? {} : { lastInboundAt }),
      ...(lastOutboundAt === undefined ? {} : { lastOutboundAt }),
    }),
    send: async (outbound, signal) => {
      if (!current) throw notRunning(`${channel}/${account}`, connection.error);
      const sent = await current.send(outbound, signal);
      lastOutboundAt = now();
      return sent;
    },
    typing: () => current?.typing,
    webhook: async (call) => {
      if (!current) throw notRunning(`${channel}/${account}`, connection.error);
      if (!current.webhook) throw new GatewayError('NOT_FOUND');
      return current.webhook(call);
    },
    probe: async (signal) => {
      if (current) return current.probe(signal);
      const probed = await probeWithoutAccount(options, signal);
      if (probed) return probed;
      const error = connection.error ?? new GatewayError('CHANNEL_UNAVAILABLE', { message: `${channel}/${account} is still starting.` });
      return [{ name: 'start', ok: false, durationMs: 0, error }];
    },
    stop: async () => {
      lifetime.abort();
      await done;
    },
  };
}

/** What the adapter finds out about an account that does not run; nothing where it cannot be asked. */
async function probeWithoutAccount(
  { load, config, channel, account }: AccountOptions,
  signal: AbortSignal,
): Promise<readonly ProbeStep[] | undefined> {
  try {
    const definition = await load();
    return await definition.probe?.(parseConfig(definition, config, `${channel}/${account}`), signal);
  } catch (thrown) {
    return [{ name: 'config', ok: false, durationMs: 0, error: toGatewayError(thrown) }];
  }
}

function parseConfig(definition: ChannelDefinition, config: unknown, name: string): unknown {
  const parsed = definition.config.safeParse(config);
  if (parsed.success) return parsed.data;
  const findings = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'block'}: ${issue.message}`);
  throw new GatewayError('CONFIG_INVALID', { message: `channels.${name} cannot start. ${findings.join('; ')}`, details: { findings } });
}

function notRunning(name: string, error: GatewayError | undefined): GatewayError {
  const because = error ? `: ${error.message}` : '.';
  return new GatewayError('CHANNEL_UNAVAILABLE', { message: `${name} is not connected${because}` });
}

async function stopInTime(account: ChannelAccount | undefined): Promise<void> {
  if (!account) return;
  const limit = new AbortController();
  await Promise.race([account.stop().catch(() => {}), wait(MOST_STOP_MS, undefined, { signal: limit.signal, ref: false }).catch(() => {})]);
  limit.abort();
}
