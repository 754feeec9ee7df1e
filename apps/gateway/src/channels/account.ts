/** The life of one channel account: started, watched, and started again after a while when it fails. */
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  ChannelConnected,
  ChannelConnecting,
  ChannelDegraded,
  ChannelDisconnected,
  ChannelUpdateRefused,
  DeliveryReported,
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
  DeliveryReport,
  Inbound,
  OnProbeStep,
  Outbound,
  Peer,
  ProbeStep,
  Received,
} from '@openclaw-gateway/sdk';
import type { ChannelStateName, ChannelStatus, Pipeline } from '../parts.ts';
import { type Backoff, restartDelayMs } from './backoff.ts';
import { Gate } from './gate.ts';
import type { KeptParts } from './kept-parts.ts';
import { isSilentTooLong, judgeProbe, type LivenessSettings } from './liveness.ts';
import { tooLate, untilAborted } from './within.ts';

const MOST_STOP_MS = 5_000;
const MOST_LOOK_MS = 15_000;
const HELD_RETRY_MS = 30_000;
/** Parts that were kept this long before the account went down had been received. */
const MOST_GATHERING_MS = 3_600_000;

export type AccountOptions = {
  readonly channel: string;
  readonly account: string;
  /** The account's block of the configuration; the adapter checks its own keys. */
  readonly config: unknown;
  readonly load: () => Promise<ChannelDefinition>;
  readonly receive: (inbound: Inbound) => Promise<Received>;
  readonly amend: (amendment: Amendment) => Promise<Amended>;
  readonly undelivered: Pipeline['undelivered'];
  readonly parts?: KeptParts;
  /** Appends an event to the account's stream. */
  readonly record: (event: NewEvent) => Promise<void>;
  readonly backoff: Backoff;
  readonly liveness: LivenessSettings;
  /** How long it usually is from one message of the account to the next, where that is known. */
  readonly usualGapMs: () => number | undefined;
  /** Says that a message came. */
  readonly heard: () => void;
  /** Says that the service took the account as it is configured. */
  readonly taken: () => void;
  /** Whether it takes nothing new. */
  readonly isDraining: () => boolean;
  readonly now: () => number;
  readonly random: () => number;
  /** Outlives the account, so that one that starts again knows what it may have missed. */
  readonly presence: Presence;
};

/** Until when an account was connected, in milliseconds since 1970. */
export type Presence = { lastConnectedAt?: number };

export type RunningAccount = {
  readonly status: () => ChannelStatus;
  /** Whether the adapter can be asked for anything: not while it starts, nor between two lives. */
  readonly isUp: () => boolean;
  /** Throws CHANNEL_UNAVAILABLE while the account is down, and what the adapter throws. */
  readonly send: (outbound: Outbound, signal: AbortSignal) => Promise<{ readonly providerMessageId?: string }>;
  readonly probe: (signal: AbortSignal, onStep?: OnProbeStep) => Promise<readonly ProbeStep[]>;
  /** Where a direct message to somebody goes. Throws CHANNEL_UNAVAILABLE while the account is down, and what the adapter throws. */
  readonly direct: (personId: string, signal: AbortSignal) => Promise<Peer>;
  /** How it shows that an answer is being written, while it runs and where the adapter can. */
  readonly typing: () => ChannelAccount['typing'];
  /** Throws NOT_FOUND when the adapter takes no calls, CHANNEL_UNAVAILABLE while the account is down, and what the adapter throws. */
  readonly webhook: (call: ChannelCall) => Promise<ChannelAnswer>;
  readonly stop: () => Promise<void>;
};

type Connection = {
  readonly connected: boolean;
  readonly since?: number;
  readonly identity?: string;
  readonly error?: GatewayError;
  readonly degraded?: true;
};

/** Starts an account and keeps it running until it is stopped. Never throws: what goes wrong is in its status and its events. */
export function runAccount(options: AccountOptions): RunningAccount {
  const { channel, account, now } = options;
  const lifetime = new AbortController();
  let current: ChannelAccount | undefined;
  let connection: Connection = { connected: false };
  let lastInboundAt: number | undefined;
  let lastOutboundAt: number | undefined;
  let lastSignAt = now();
  /** Ends the life that is going on. */
  let end: ((error: GatewayError) => void) | undefined;
  const gate = new Gate();

  let recorded: Promise<void> = Promise.resolve();
  const record = (event: NewEvent) => {
    recorded = recorded.then(() => options.record(event)).catch(() => {});
  };

  const onConnected = (identity?: string) => {
    if (connection.connected || lifetime.signal.aborted) return;
    lastSignAt = now();
    options.taken();
    connection = { connected: true, since: now(), ...(identity === undefined ? {} : { identity }) };
    record(ChannelConnected.create({ channel, account, ...(identity === undefined ? {} : { identity: shorten(identity, 128) }) }));
  };

  const onDown = (reason: string, error?: GatewayError) => {
    // An account that stays down for the same reason is one event, however often it is tried.
    if (connection.connected) options.presence.lastConnectedAt = now();
    const isNews = connection.connected || connection.since === undefined || connection.error?.code !== error?.code;
    connection = { connected: false, since: isNews ? now() : (connection.since ?? now()), ...(error ? { error } : {}) };
    if (!isNews) return;
    record(ChannelDisconnected.create({ channel, account, reason: shorten(reason, 128) || 'unknown', ...problemOf(error) }));
  };

  const refuse = async (update: unknown, error: GatewayError) => {
    const text = JSON.stringify(update) ?? '';
    const problem = { code: error.code, message: shorten(error.message, 2000) };
    const updateHash = createHash('sha256').update(text).digest('hex');
    const sizeBytes = Buffer.byteLength(text);
    await gate.enter(() => options.record(ChannelUpdateRefused.create({ channel, account, problem, sizeBytes, updateHash })));
  };

  const refuseWhileDraining = () => {
    if (options.isDraining()) throw new GatewayError('CHANNEL_HELD', { details: { retryAfterMs: HELD_RETRY_MS } });
  };

  const receive = async (inbound: Inbound) => {
    refuseWhileDraining();
    const received = await gate.enter(() => options.receive(inbound));
    lastInboundAt = now();
    lastSignAt = lastInboundAt;
    options.heard();
    return received;
  };

  const report = async ({ deliveryId, messageId, status, error, isPart }: DeliveryReport) => {
    if (status === 'failed' && messageId !== undefined) {
      const why = error ?? new GatewayError('CHANNEL_REFUSED', { message: 'The service did not say why it did not arrive.' });
      await options.undelivered({ deliveryId, messageId, error: why, ...(isPart && { isPart }) });
    }
    await options.record(DeliveryReported.create({ channel, account, deliveryId, status, ...problemOf(error) }));
  };

  const partsOf = ({ keep, since }: KeptParts): Pick<ChannelContext<unknown>, 'keepPart' | 'keptParts'> => ({
    keepPart: async (part) => {
      refuseWhileDraining();
      await gate.enter(() => keep(channel, account, part));
    },
    keptParts: () => since(channel, account, (options.presence.lastConnectedAt ?? now()) - MOST_GATHERING_MS),
  });

  /** One life of the adapter, from its start to its failure. Resolves with why it ended. */
  const live = async (): Promise<{ readonly reason: string; readonly error?: GatewayError }> => {
    const down = Promise.withResolvers<{ readonly reason: string; readonly error?: GatewayError }>();
    const control = new AbortController();
    // Connected counts from when the account can also send.
    let announce = () => {};
    const stopNow = () => control.abort();
    lifetime.signal.addEventListener('abort', stopNow, { once: true });
    end = (error) => down.resolve({ reason: error.code, error });
    try {
      const definition = await options.load();
      const context: ChannelContext<unknown> = {
        account,
        config: parseConfig(definition, options.config, `${channel}/${account}`),
        receive,
        amend: options.amend,
        report,
        ...(options.parts && partsOf(options.parts)),
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
        void Promise.resolve(started)
          .then((late) => late.stop())
          .catch(() => {});
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

  /** Asks an account that was silent for too long, before anything is said of it. */
  const look = async (): Promise<void> => {
    const usualGapMs = options.usualGapMs();
    const asked = current;
    if (!asked || !connection.connected) return;
    if (!isSilentTooLong({ lastSignAt, ...(usualGapMs !== undefined && { usualGapMs }) }, now(), options.liveness)) return;
    const verdict = judgeProbe(await probe(AbortSignal.timeout(MOST_LOOK_MS)));
    if (current !== asked || !connection.connected) return;
    if (verdict.kind !== 'stale') lastSignAt = now();
    if (verdict.kind === 'alive') return recovered();
    const error = verdict.step.error ?? new GatewayError('CHANNEL_UNAVAILABLE');
    if (verdict.kind === 'degraded') return degraded(error);
    const silentS = Math.round((now() - lastSignAt) / 1000);
    const message = `${channel}/${account} brought nothing for ${silentS} s, and a probe failed at ${verdict.step.name}: ${error.message}`;
    end?.(new GatewayError('CHANNEL_STALE', { message: shorten(message, 1000), details: { step: verdict.step.name, cause: error.code } }));
  };
  const degraded = (error: GatewayError): void => {
    const isNews = connection.error?.code !== error.code;
    connection = { ...connection, degraded: true, error };
    if (isNews) record(ChannelDegraded.create({ channel, account, problem: { code: error.code, message: shorten(error.message, 2000) } }));
  };
  const recovered = (): void => {
    if (!connection.degraded) return;
    const { identity } = connection;
    connection = { connected: true, since: now(), ...(identity !== undefined && { identity }) };
    record(ChannelConnected.create({ channel, account, ...(identity === undefined ? {} : { identity: shorten(identity, 128) }) }));
  };

  const probe = async (signal: AbortSignal, onStep?: OnProbeStep): Promise<readonly ProbeStep[]> => {
    const asked = current;
    const startedAt = performance.now();
    try {
      return await untilAborted(signal, tooLate('The probe'), async () => {
        if (asked) return await asked.probe(signal, onStep);
        const probed = await probeWithoutAccount(options, signal, onStep);
        if (probed) return probed;
        const error = connection.error ?? new GatewayError('CHANNEL_UNAVAILABLE', { message: `${channel}/${account} is still starting.` });
        return [{ name: 'start', ok: false, durationMs: 0, error }];
      });
    } catch (thrown) {
      return [{ name: 'probe', ok: false, durationMs: performance.now() - startedAt, error: toGatewayError(thrown) }];
    }
  };

  let looking = false;
  const lookAgain = () => {
    if (looking) return;
    looking = true;
    void look().finally(() => {
      looking = false;
    });
  };
  const { everyMs } = options.liveness;
  const looks = everyMs === undefined ? undefined : setInterval(lookAgain, everyMs).unref();

  const done = (async () => {
    let failures = 0;
    record(ChannelConnecting.create({ channel, account }));
    while (!lifetime.signal.aborted) {
      const heardAt = lastInboundAt;
      const { reason, error } = await live();
      if (lifetime.signal.aborted) break;
      const connectedForMs = connection.connected ? now() - (connection.since ?? now()) : 0;
      failures = connectedForMs >= options.backoff.stableMs || lastInboundAt !== heardAt ? 1 : failures + 1;
      onDown(reason, error);
      await wait(restartDelayMs(options.backoff, failures, error, options.random), undefined, { signal: lifetime.signal }).catch(() => {});
    }
    clearInterval(looks);
    if (connection.connected) onDown('stopped');
    await recorded;
  })();

  return {
    status: () => ({
      channel,
      account,
      enabled: true,
      state: stateOf(connection, options.isDraining(), lifetime.signal.aborted),
      connected: connection.connected,
      ...(connection.since !== undefined && { since: connection.since }),
      ...(connection.identity !== undefined && { identity: connection.identity }),
      ...(connection.error && { error: connection.error }),
      ...(lastInboundAt === undefined ? {} : { lastInboundAt }),
      ...(lastOutboundAt === undefined ? {} : { lastOutboundAt }),
      ...(current?.facts && { facts: current.facts() }),
    }),
    isUp: () => current !== undefined,
    send: async (outbound, signal) => {
      if (!current) throw notRunning(`${channel}/${account}`, connection.error);
      const sender = current;
      const sent = await untilAborted(signal, tooLate(`Sending on ${channel}/${account}`), () => sender.send(outbound, signal));
      lastOutboundAt = now();
      return sent;
    },
    direct: async (personId, signal) => {
      if (!current) throw notRunning(`${channel}/${account}`, connection.error);
      const ask = current.direct ?? (async (id: string) => ({ kind: 'direct', id }) as const);
      return await untilAborted(signal, tooLate(`Asking ${channel}/${account}`), () => ask(personId, signal));
    },
    typing: () => current?.typing,
    webhook: async (call) => {
      if (!current) throw notRunning(`${channel}/${account}`, connection.error);
      if (!current.webhook) throw new GatewayError('NOT_FOUND');
      return current.webhook(call);
    },
    probe,
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
  onStep?: OnProbeStep,
): Promise<readonly ProbeStep[] | undefined> {
  try {
    const definition = await load();
    return await definition.probe?.(parseConfig(definition, config, `${channel}/${account}`), signal, onStep);
  } catch (thrown) {
    return [{ name: 'config', ok: false, durationMs: 0, error: toGatewayError(thrown) }];
  }
}

function stateOf({ connected, degraded, since, error }: Connection, isDraining: boolean, isStopped: boolean): ChannelStateName {
  if (isStopped) return 'stopped';
  if (isDraining) return 'draining';
  if (connected) return degraded ? 'degraded' : 'connected';
  return since === undefined && error === undefined ? 'connecting' : 'disconnected';
}

function parseConfig(definition: ChannelDefinition, config: unknown, name: string): unknown {
  const parsed = definition.config.safeParse(config);
  if (parsed.success) return parsed.data;
  const findings = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'block'}: ${issue.message}`);
  throw new GatewayError('CONFIG_INVALID', { message: `channels.${name} cannot start. ${findings.join('; ')}`, details: { findings } });
}

function problemOf(error: GatewayError | undefined) {
  return error ? { problem: { code: error.code, message: shorten(error.message, 2000) } } : {};
}

function notRunning(name: string, error: GatewayError | undefined): GatewayError {
  const because = error ? `: ${error.message}` : '.';
  return new GatewayError('CHANNEL_UNAVAILABLE', { message: `${name} is not connected${because}` });
}

async function stopInTime(account: ChannelAccount | undefined): Promise<void> {
  if (!account) return;
  const limit = new AbortController();
  const stopped = (async () => await account.stop())().catch(() => {});
  await Promise.race([stopped, wait(MOST_STOP_MS, undefined, { signal: limit.signal, ref: false }).catch(() => {})]);
  limit.abort();
}
