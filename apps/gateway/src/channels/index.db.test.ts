import { createHash, createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { MemoryLog } from '@openclaw-gateway/db';
import { type EventMetadata, GatewayError, type NewEvent } from '@openclaw-gateway/events';
import { type ChannelContext, type ChannelDefinition, defineChannel, type Inbound, type ProbeStep } from '@openclaw-gateway/sdk';
import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { startTelegram } from '../../../../e2e/stand-ins/telegram.ts';
import { startWhatsApp } from '../../../../e2e/stand-ins/whatsapp.ts';
import { configSchema } from '../config/schema/index.ts';
import type { Submission } from '../parts.ts';
import { restartDelayMs } from './backoff.ts';
import { createHolds } from './holds.ts';
import { ChannelManager, type ChannelManagerOptions } from './index.ts';

const BACKOFF = { firstMs: 1, mostMs: 4, unauthorizedMs: 60_000, stableMs: 60_000 };
const channels = (written: unknown) => configSchema.parse({ channels: written }).channels;
/** For what a channel's module and a real connection take. */
const PATIENCE = { timeout: 20_000, interval: 20 };
const never = new AbortController().signal;
const outbound = { deliveryId: 'dlv_1', messageId: 'msg_1', to: { kind: 'direct', id: '42' } as const, text: 'reply', attempt: 1 };
const accepted = {
  status: 'accepted',
  messageId: 'msg_1',
  sessionId: 'ses_1',
  sessionKey: 'k',
  agentId: 'main',
  position: 1,
  duplicate: false,
} as const;
const logger = { info: () => {}, warn: () => {} };

let running: ChannelManager | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

function manage(config: unknown, options: Partial<ChannelManagerOptions> = {}) {
  const recorded: { readonly streamId: string; readonly event: NewEvent; readonly metadata: EventMetadata }[] = [];
  const submissions: Submission[] = [];
  const manager = new ChannelManager({
    config: channels(config),
    receive: async (submission) => {
      submissions.push(submission);
      return accepted;
    },
    amend: async () => 'recorded',
    undelivered: async () => {},
    record: async (streamId, event, metadata) => void recorded.push({ streamId, event, metadata }),
    logger,
    backoff: BACKOFF,
    random: () => 0,
    ...options,
  });
  running = manager;
  const types = (streamId?: string) =>
    recorded.flatMap((entry) =>
      (streamId && entry.streamId !== streamId) || entry.event.type === 'channel.connecting' ? [] : [entry.event.type],
    );
  return { manager, recorded, submissions, types };
}

/** A channel whose accounts do what the test says. */
function scripted(onStart: (context: ChannelContext<Record<string, unknown>>, startCount: number) => Promise<void> | void) {
  const starts: string[] = [];
  const stops: string[] = [];
  const definition = defineChannel({
    id: 'scripted',
    config: z.looseObject({}),
    capabilities: { idempotency: 'native' },
    start: async (context) => {
      starts.push(context.account);
      await onStart(context, starts.filter((name) => name === context.account).length);
      return {
        send: async () => ({ providerMessageId: context.account }),
        probe: async () => [{ name: 'ping', ok: true, durationMs: 1 }],
        stop: async () => void stops.push(context.account),
      };
    },
  });
  return { manifest: { scripted: async () => ({ default: definition as ChannelDefinition }) }, starts, stops };
}
const connectAtOnce = (context: ChannelContext<Record<string, unknown>>) => context.connected('@me');

test('A10 a message of a Telegram user reaches the pipeline and its reply the user', async () => {
  const server = await startTelegram();
  try {
    const { manager, submissions, types } = manage({ telegram: { botToken: server.token, apiRoot: server.url } });
    await manager.start();
    server.say({ text: 'hello', fromId: 42 });
    await vi.waitFor(() => expect(submissions).toHaveLength(1), PATIENCE);
    expect(submissions[0]).toMatchObject({
      channel: 'telegram',
      account: 'default',
      inbound: { text: 'hello' },
      caller: { method: 'channel' },
    });
    await manager.send('telegram', 'default', outbound, never);
    expect(server.sent).toMatchObject([{ chatId: '42', text: 'reply' }]);
    expect(manager.status()).toMatchObject([{ channel: 'telegram', connected: true, identity: '@stand_in_bot' }]);
    expect(manager.status()[0]?.lastInboundAt).toBeGreaterThan(0);
    expect(manager.status()[0]?.lastOutboundAt).toBeGreaterThan(0);
    expect(types('channel/telegram/default')).toEqual(['channel.connected']);
  } finally {
    await running?.stop();
    await server.close();
  }
});

test('A10 D channels.whatsapp.{enabled,accounts} and channels.whatsapp.accounts.*.enabled say which numbers are answered; each is called at its own address', async () => {
  const server = await startWhatsApp({ webhook: () => 'http://127.0.0.1:9' });
  try {
    const own = { appSecret: 'of-the-second-app', verifyToken: 'second' };
    const { manager, submissions } = manage({ whatsapp: { ...server.config, accounts: { one: {}, two: own, off: { enabled: false } } } });
    await manager.start();
    await vi.waitFor(() => expect(manager.status().map(({ connected }) => connected)).toEqual([true, true, false]), PATIENCE);
    const ask = (token: string) => ({
      method: 'GET',
      headers: {},
      query: { 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': '7' },
      rawBody: new Uint8Array(),
    });
    expect(await manager.webhook('whatsapp', 'two', ask('second'))).toMatchObject({ body: '7' });
    await expect(manager.webhook('whatsapp', 'one', ask('second'))).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    await expect(manager.webhook('whatsapp', 'off', ask('second'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const rawBody = Buffer.from(
      JSON.stringify({
        entry: [
          {
            changes: [
              {
                field: 'messages',
                value: {
                  metadata: { phone_number_id: server.config.phoneNumberId },
                  messages: [{ id: 'wamid.1', from: '42', type: 'text', text: { body: 'hi' } }],
                },
              },
            ],
          },
        ],
      }),
    );
    const signature = `sha256=${createHmac('sha256', own.appSecret).update(rawBody).digest('hex')}`;
    await manager.webhook('whatsapp', 'two', { method: 'POST', headers: { 'x-hub-signature-256': signature }, query: {}, rawBody });
    expect(submissions).toMatchObject([{ channel: 'whatsapp', account: 'two', inbound: { externalId: 'wamid.1', text: 'hi' } }]);
    await manager.apply(channels({ whatsapp: { ...server.config, enabled: false } }));
    expect(manager.status()).toMatchObject([{ enabled: false, connected: false }]);
  } finally {
    await running?.stop();
    await server.close();
  }
});

test('A10 a telegram account by long polling takes no calls', async () => {
  const server = await startTelegram();
  try {
    const { manager } = manage({ telegram: { botToken: server.token, apiRoot: server.url } });
    await manager.start();
    await vi.waitFor(() => expect(manager.status()[0]?.connected).toBe(true), PATIENCE);
    const call = { method: 'POST', headers: {}, query: {}, rawBody: new Uint8Array() };
    await expect(manager.webhook('telegram', 'default', call)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  } finally {
    await running?.stop();
    await server.close();
  }
});

test('A7 a Telegram account that lost its service comes back by itself', async () => {
  const server = await startTelegram();
  try {
    const { manager, submissions, types } = manage({ telegram: { botToken: server.token, apiRoot: server.url } });
    await manager.start();
    await vi.waitFor(() => expect(manager.status()[0]?.connected).toBe(true), PATIENCE);
    server.fail('getUpdates', { fault: 'status', status: 502 }, { fault: 'drop' }, { fault: 'garbage' });
    server.dropConnections();
    await vi.waitFor(() => expect(types()).toContain('channel.disconnected'), PATIENCE);
    server.say({ text: 'are you back?' });
    await vi.waitFor(() => expect(submissions.map((submission) => submission.inbound.text)).toEqual(['are you back?']), { timeout: 5000 });
    expect(types().at(-1)).toBe('channel.connected');
  } finally {
    await running?.stop();
    await server.close();
  }
});

test('A7 an account that cannot start is tried again and disturbs no other', async () => {
  const { manifest, starts } = scripted((context, count) => {
    if (context.account === 'bad' && count < 4) throw new GatewayError('CHANNEL_UNAVAILABLE');
    context.connected();
  });
  const { manager, types } = manage({ scripted: { accounts: { bad: {}, good: {} } } }, { manifest });
  await manager.start();
  await vi.waitFor(() => expect(manager.status().map((status) => status.connected)).toEqual([true, true]));
  expect(starts.filter((name) => name === 'bad')).toHaveLength(4);
  expect(starts.filter((name) => name === 'good')).toHaveLength(1);
  // Three failures for the same reason are one event.
  expect(types('channel/scripted/bad')).toEqual(['channel.disconnected', 'channel.connected']);
  expect(types('channel/scripted/good')).toEqual(['channel.connected']);
});

test('A7 nothing can be sent by an account while it is down', async () => {
  const back = Promise.withResolvers<void>();
  const { manifest } = scripted(async (context, count) => {
    if (count > 1) await back.promise;
    context.connected();
    if (count === 1) queueMicrotask(() => context.disconnected('gone', new GatewayError('CHANNEL_UNAVAILABLE')));
  });
  const { manager } = manage({ scripted: {} }, { manifest });
  await manager.start();
  await vi.waitFor(() => expect([manager.status()[0]?.state, manager.isHeld('scripted', 'default')]).toEqual(['disconnected', true]));
  back.resolve();
  await vi.waitFor(() => expect(manager.isHeld('scripted', 'default')).toBe(false));
  await manager.send('scripted', 'default', outbound, never);
});

test('A7 an account that breaks off is stopped, recorded and started again', async () => {
  const { manifest, stops } = scripted((context, count) => {
    context.connected();
    if (count === 1) queueMicrotask(() => context.disconnected('gone', new GatewayError('CHANNEL_UNAVAILABLE')));
  });
  const { manager, types } = manage({ scripted: {} }, { manifest });
  await manager.start();
  await vi.waitFor(() => expect(types()).toEqual(['channel.connected', 'channel.disconnected', 'channel.connected']));
  expect(stops).toEqual(['default']);
});

test('A7 an account that brings a message each time before it breaks off is started again soon, however often', async () => {
  let at = 0;
  const { manifest, starts } = scripted((context) => {
    context.connected();
    void context.receive(message(`m${at++}`)).then(() => context.disconnected('gone', new GatewayError('CHANNEL_UNAVAILABLE')));
  });
  const { manager, submissions } = manage({ scripted: {} }, { manifest, backoff: { ...BACKOFF, mostMs: 60_000 }, now: () => at });
  await manager.start();
  // The twentieth wait would be minutes if it had grown.
  await vi.waitFor(() => expect(starts.length).toBeGreaterThan(20), PATIENCE);
  expect(submissions.length).toBeGreaterThanOrEqual(20);
});

test('A7 refused credentials are not tried again soon', async () => {
  const { manifest, starts } = scripted(() => {
    throw new GatewayError('CHANNEL_UNAUTHORIZED');
  });
  const { manager, types } = manage({ scripted: {} }, { manifest });
  await manager.start();
  await vi.waitFor(() => expect(types()).toEqual(['channel.disconnected']));
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  expect(starts).toHaveLength(1);
  expect(manager.status()).toMatchObject([{ connected: false, error: { code: 'CHANNEL_UNAUTHORIZED' } }]);
  await expect(manager.send('scripted', 'default', outbound, never)).rejects.toMatchObject({
    code: 'CHANNEL_UNAVAILABLE',
    retryable: true,
  });
  const [probed] = await manager.probe('scripted');
  expect(probed).toMatchObject({ ok: false, steps: [{ error: { code: 'CHANNEL_UNAUTHORIZED' } }] });
});

test('D only accounts whose connection changed are stopped and started', async () => {
  const { manifest, starts, stops } = scripted(connectAtOnce);
  const accounts = { a: { x: 1 }, b: { x: 1 }, c: { x: 1 } };
  const { manager } = manage({ scripted: { accounts } }, { manifest });
  await manager.start();
  await vi.waitFor(() => expect(starts.toSorted()).toEqual(['a', 'b', 'c']));
  await manager.apply(channels({ scripted: { accounts: { a: { x: 1, allowFrom: ['*'] }, b: { x: 2 }, d: {} } } }));
  await vi.waitFor(() => expect(starts.toSorted()).toEqual(['a', 'b', 'b', 'c', 'd']));
  expect(stops.toSorted()).toEqual(['b', 'c']);
  expect(
    manager
      .status()
      .map((status) => status.account)
      .toSorted(),
  ).toEqual(['a', 'b', 'd']);
});

test('D a configuration that changes before the start is the one that starts', async () => {
  const { manifest, starts } = scripted(connectAtOnce);
  const { manager } = manage({ scripted: { accounts: { old: {} } } }, { manifest });
  await manager.apply(channels({ scripted: { accounts: { new: {} } } }));
  expect(starts).toEqual([]);
  await manager.start();
  await vi.waitFor(() => expect(starts).toEqual(['new']));
});

test('D a disabled account is listed and does not run', async () => {
  const { manifest, starts } = scripted(connectAtOnce);
  const { manager } = manage({ scripted: { enabled: false } }, { manifest });
  await manager.start();
  expect(manager.status()).toEqual([{ channel: 'scripted', account: 'default', enabled: false, state: 'stopped', connected: false }]);
  await expect(manager.send('scripted', 'default', outbound, never)).rejects.toMatchObject({ code: 'CHANNEL_UNAVAILABLE' });
  expect(starts).toEqual([]);
});

test('D a channel that nobody knows is reported, not fatal', async () => {
  const { manager, types } = manage({ carrierpigeon: {} });
  await manager.start();
  await vi.waitFor(() => expect(types()).toEqual(['channel.disconnected']));
  expect(manager.status()).toMatchObject([{ error: { code: 'CHANNEL_NOT_FOUND' } }]);
});

test('D a block without its token is reported by the name of the key', async () => {
  const { manager, types } = manage({ telegram: {} });
  await manager.start();
  await vi.waitFor(() => expect(types()).toEqual(['channel.disconnected']), { timeout: 5000 });
  expect(manager.status()[0]?.error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('botToken') });
});

test.each(['http', 'web', 'websocket', 'v1', 'webhook'])('A6 a reply to %s is delivered when it is in the log', async (channel) => {
  const { manager } = manage({});
  expect(manager.capabilities(channel)).toEqual({ idempotency: 'native' });
  expect(await manager.send(channel, 'default', outbound, never)).toEqual({});
});

test('A6 a channel says what it does with a repeated reply, and the careful answer holds until it is known', async () => {
  const { manifest } = scripted(connectAtOnce);
  const { manager } = manage({ scripted: {} }, { manifest });
  expect(manager.capabilities('scripted')).toEqual({ idempotency: 'none' });
  await manager.start();
  await vi.waitFor(() => expect(manager.capabilities('scripted')).toEqual({ idempotency: 'native' }));
});

test('B12 a probe is recorded with its steps', async () => {
  const { manifest } = scripted(connectAtOnce);
  const { manager, recorded } = manage({ scripted: {} }, { manifest });
  await manager.start();
  await vi.waitFor(() => expect(manager.status()[0]?.connected).toBe(true));
  expect(await manager.probe()).toMatchObject([{ channel: 'scripted', account: 'default', ok: true, steps: [{ name: 'ping' }] }]);
  const event = { type: 'channel.probed', data: { ok: true } };
  expect(recorded.at(-1)).toMatchObject({ streamId: 'channel/scripted/default', event });
  // By it the filter `channel:scripted` finds what happened to the connection beside the messages.
  expect(recorded.map(({ metadata }) => metadata.channel)).toEqual(recorded.map(() => 'scripted'));
  await expect(manager.probe('nobody')).rejects.toMatchObject({ code: 'CHANNEL_NOT_FOUND' });
});

test('A1 what cannot be read is recorded by its size and hash, without its content', async () => {
  const { manifest } = scripted(async (context) => {
    context.connected();
    await context.refuse({ secret: 'do not keep' }, new GatewayError('CHANNEL_BAD_UPDATE'));
  });
  const { manager, recorded } = manage({ scripted: {} }, { manifest });
  await manager.start();
  await vi.waitFor(() => expect(recorded.map((entry) => entry.event.type)).toContain('channel.update_refused'));
  expect(JSON.stringify(recorded)).not.toContain('do not keep');
});

test('A7 a stop ends accounts that never finish starting', async () => {
  const { manifest, starts } = scripted(() => new Promise(() => {}));
  const { manager } = manage({ scripted: {} }, { manifest });
  await manager.start();
  await vi.waitFor(() => expect(starts).toHaveLength(1));
  await manager.stop();
  expect(manager.status()[0]?.connected).toBe(false);
});

test('A7 the wait doubles to its ceiling, is jittered, and never shorter than the service asks', () => {
  const backoff = { firstMs: 1000, mostMs: 60_000, unauthorizedMs: 300_000, stableMs: 30_000 };
  const delays = [1, 2, 3, 10, 1000].map((failures) => restartDelayMs(backoff, failures, undefined, () => 1));
  expect(delays).toEqual([1000, 2000, 4000, 60_000, 60_000]);
  expect(restartDelayMs(backoff, 3, undefined, () => 0)).toBe(2000);
  expect(restartDelayMs(backoff, 1, new GatewayError('CHANNEL_UNAUTHORIZED'), () => 1)).toBe(300_000);
  const limited = new GatewayError('CHANNEL_RATE_LIMITED', { details: { retryAfterMs: 90_000 } });
  expect(restartDelayMs(backoff, 1, limited, () => 1)).toBe(90_000);
});

test('A7 an account that starts again is told until when it was connected, a first one until when the process before it ran', async () => {
  const told: (number | undefined)[] = [];
  const channel = scripted((context, startCount) => {
    told.push(context.lastConnectedAt);
    context.connected('@me');
    if (startCount === 1) void setImmediate().then(() => context.disconnected('lost', new GatewayError('CHANNEL_UNAVAILABLE')));
  });
  let now = 5_000;
  const { manager } = manage(
    { scripted: { accounts: { default: {} } } },
    { manifest: channel.manifest, lastAliveAt: () => 1_000, now: () => now++ },
  );
  await manager.start();
  await vi.waitFor(() => expect(told).toHaveLength(2));
  expect(told[0]).toBe(1_000);
  expect(told[1]).toBeGreaterThan(5_000);
});

const SYSTEM = { type: 'system', id: 'test' } as const;
const held = async (log = new MemoryLog()) => {
  const holds = createHolds(log);
  await holds.load();
  return holds;
};
const message = (text = 'hi'): Inbound => ({ externalId: text, sender: { id: '1' }, peer: { kind: 'direct', id: '1' }, text });

test('A7 a paused account is not connected, also after a restart, until it is resumed', async () => {
  const log = new MemoryLog();
  const { manifest, starts, stops } = scripted(connectAtOnce);
  const { manager } = manage({ scripted: { accounts: { a: {}, b: {} } } }, { manifest, holds: await held(log) });
  await manager.start();
  await vi.waitFor(() => expect(manager.status().every(({ connected }) => connected)).toBe(true));
  expect(await manager.hold('pause', { channel: 'scripted', account: 'a' }, SYSTEM)).toMatchObject([{ account: 'a', state: 'paused' }]);
  expect(stops).toEqual(['a']);
  expect(manager.isHeld('scripted', 'a')).toBe(true);
  await expect(manager.webhook('scripted', 'a', {} as never)).rejects.toMatchObject({ code: 'CHANNEL_HELD', status: 503 });
  await manager.stop();

  const second = manage({ scripted: { accounts: { a: {}, b: {} } } }, { manifest, holds: await held(log) });
  await second.manager.start();
  await vi.waitFor(() => expect(second.manager.status().map(({ state }) => state)).toEqual(['paused', 'connected']));
  expect(starts).toEqual(['a', 'b', 'b']);
  await second.manager.hold('resume', { channel: 'scripted' }, SYSTEM);
  await vi.waitFor(() => expect(second.manager.status().map(({ state }) => state)).toEqual(['connected', 'connected']));
  expect((await log.readAll({ after: 0, limit: 10 })).map(({ type }) => type)).toEqual(['channel.paused', 'channel.resumed']);
  await expect(second.manager.hold('pause', { channel: 'nobody' }, SYSTEM)).rejects.toMatchObject({ code: 'CHANNEL_NOT_FOUND' });
});

test('C1 since when an account has its token is known over restarts, begins anew with another, and the token is in no event', async () => {
  const log = new MemoryLog();
  const { manifest } = scripted(connectAtOnce);
  const pseudonym = (text: string) => createHash('sha256').update(text).digest();
  const begin = async (botToken: string, more: object = {}) => {
    const { manager } = manage({ scripted: { botToken, ...more } }, { manifest, holds: await held(log), pseudonym });
    await manager.start();
    const since = () => manager.status()[0]?.tokenSince;
    await vi.waitFor(() => expect(since()).toBeGreaterThan(0));
    const first = since();
    await manager.stop();
    return first;
  };
  const since = await begin('token-one');
  expect(await begin('token-one', { verifyToken: 'of no matter' })).toBe(since);
  const next = await begin('token-two');
  const events = await log.readAll({ after: 0, limit: 10 });
  expect(events.map(({ type, time }) => [type, time])).toEqual([
    ['channel.token_taken', since],
    ['channel.token_taken', next],
  ]);
  expect(JSON.stringify(events)).not.toMatch(/token-(one|two)/);
});

test('A7 a draining account takes nothing new, sends what it owes, and is paused when that is done', async () => {
  let receive: ((inbound: Inbound) => Promise<unknown>) | undefined;
  let open = 1;
  const { manifest } = scripted((context) => {
    receive = context.receive;
    context.connected();
  });
  const { manager } = manage({ scripted: {} }, { manifest, holds: await held(), openOn: () => open });
  await manager.start();
  await vi.waitFor(() => expect(manager.status()[0]?.state).toBe('connected'));
  await manager.hold('drain', { channel: 'scripted' }, SYSTEM);
  expect(manager.status()[0]).toMatchObject({ state: 'draining', queue: 1 });
  await expect(receive?.(message())).rejects.toMatchObject({ code: 'CHANNEL_HELD', retryable: true });
  expect(await manager.send('scripted', 'default', outbound, never)).toEqual({ providerMessageId: 'default' });
  open = 0;
  await vi.waitFor(() => expect(manager.status()[0]?.state).toBe('paused'), { timeout: 5000 });
});

const QUICK = { everyMs: 1, usualGaps: 10, atLeastMs: 1, atMostMs: 20 };

/** A channel that connects, says nothing, and whose probes end as the test says. */
function silent(probe: () => Promise<ProbeStep[]>) {
  const made = scripted(connectAtOnce);
  const load = made.manifest.scripted;
  const manifest = {
    scripted: async () => {
      const { default: definition } = await load();
      return {
        default: {
          ...definition,
          start: async (context: ChannelContext<unknown>) => ({ ...(await definition.start(context)), probe }),
        } as ChannelDefinition,
      };
    },
  };
  return { ...made, manifest };
}
const failed = (code: 'CHANNEL_NO_NETWORK' | 'CHANNEL_CLOCK_SKEW'): ProbeStep[] => [
  { name: 'connect', ok: false, durationMs: 1, error: new GatewayError(code) },
];

test('A7 a silent account whose socket is open is asked first, and connected anew when it does not answer', async () => {
  let answers = true;
  let asked = 0;
  const { manifest, starts } = silent(async () => {
    asked++;
    return answers ? [{ name: 'connect', ok: true, durationMs: 1 }] : failed('CHANNEL_NO_NETWORK');
  });
  const { manager, recorded, types } = manage({ scripted: {} }, { manifest, liveness: QUICK });
  await manager.start();
  await vi.waitFor(() => expect(asked).toBeGreaterThan(1));
  expect(starts).toEqual(['default']);
  answers = false;
  await vi.waitFor(() => expect(starts.length).toBeGreaterThan(1));
  expect(types().slice(0, 2)).toEqual(['channel.connected', 'channel.disconnected']);
  const down = recorded.find(({ event }) => event.type === 'channel.disconnected');
  expect(down?.event.data).toMatchObject({
    problem: { code: 'CHANNEL_STALE', message: expect.stringContaining('a probe failed at connect') },
  });
});

test('A7 what is wrong without the connection being dead is said, and the connection kept', async () => {
  let isOff = true;
  const { manifest, starts } = silent(async () => (isOff ? failed('CHANNEL_CLOCK_SKEW') : []));
  const { manager, types } = manage({ scripted: {} }, { manifest, liveness: QUICK });
  await manager.start();
  await vi.waitFor(() =>
    expect(manager.status()[0]).toMatchObject({ state: 'degraded', connected: true, error: { code: 'CHANNEL_CLOCK_SKEW' } }),
  );
  isOff = false;
  await vi.waitFor(() => expect(manager.status()[0]?.state).toBe('connected'));
  expect(starts).toEqual(['default']);
  expect(types()).toEqual(['channel.connected', 'channel.degraded', 'channel.connected']);
});

const throwing = (): never => {
  throw new TypeError('from a hostile adapter');
};
const HOSTILE: Readonly<Record<string, (context: ChannelContext<unknown>) => unknown>> = {
  'throws when it is started': throwing,
  'never starts': () => new Promise(() => {}),
  'throws whatever it is asked': (context) => {
    context.connected();
    return { send: throwing, probe: throwing, stop: throwing };
  },
  'never answers whatever it is asked': (context) => {
    context.connected();
    const never = () => new Promise<never>(() => {});
    return { send: never, probe: never, stop: never };
  },
  floods: (context) => {
    context.connected();
    for (let index = 0; index < 5_000; index++) {
      void context.receive(message(`flood ${index}`)).catch(() => {});
      void context.refuse({ index }, new GatewayError('CHANNEL_BAD_UPDATE')).catch(() => {});
      context.connected('again');
    }
    context.disconnected('and gone');
    return { send: async () => ({}), probe: async () => [], stop: async () => {} };
  },
};

test.each(Object.keys(HOSTILE))('A7 an adapter that %s touches no other channel', async (how) => {
  const good = scripted(connectAtOnce);
  let receive: ((inbound: Inbound) => Promise<unknown>) | undefined;
  const { manifest } = scripted((context) => {
    receive = context.receive;
    context.connected();
  });
  const hostile = defineChannel({
    id: 'hostile',
    config: z.looseObject({}),
    capabilities: { idempotency: 'none' },
    start: HOSTILE[how] as never,
  });
  let inside = 0;
  let most = 0;
  const { manager } = manage(
    { hostile: {}, scripted: {} },
    {
      manifest: { ...good.manifest, ...manifest, hostile: async () => ({ default: hostile as ChannelDefinition }) },
      liveness: { ...QUICK, atMostMs: 2 },
      receive: async ({ channel }) => {
        if (channel === 'hostile') most = Math.max(most, ++inside);
        await setImmediate();
        if (channel === 'hostile') inside--;
        return accepted;
      },
    },
  );
  await manager.start();
  await vi.waitFor(() => expect(manager.status().find(({ channel }) => channel === 'scripted')?.connected).toBe(true));
  expect(await receive?.(message('through'))).toMatchObject({ status: 'accepted' });
  const gaveUp = manager.send('hostile', 'default', outbound, AbortSignal.timeout(50));
  await expect(
    Promise.race([
      gaveUp.then(
        () => 'sent',
        () => 'failed',
      ),
    ]),
  ).resolves.toMatch(/sent|failed/);
  expect(await manager.send('scripted', 'default', outbound, never)).toEqual({ providerMessageId: 'default' });
  expect(most).toBeLessThanOrEqual(64);
  expect(manager.status().find(({ channel }) => channel === 'scripted')?.state).toBe('connected');
});
