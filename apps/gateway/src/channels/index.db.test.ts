import { setImmediate } from 'node:timers/promises';
import { GatewayError, type NewEvent } from '@openclaw-gateway/events';
import { type ChannelContext, type ChannelDefinition, defineChannel } from '@openclaw-gateway/sdk';
import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { startTelegram } from '../../../../e2e/stand-ins/telegram.ts';
import { configSchema } from '../config/schema/index.ts';
import type { Submission } from '../parts.ts';
import { restartDelayMs } from './backoff.ts';
import { ChannelManager, type ChannelManagerOptions } from './index.ts';

const BACKOFF = { firstMs: 1, mostMs: 4, unauthorizedMs: 60_000, stableMs: 60_000 };
const channels = (written: unknown) => configSchema.parse({ channels: written }).channels;
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
  const recorded: { readonly streamId: string; readonly event: NewEvent }[] = [];
  const submissions: Submission[] = [];
  const manager = new ChannelManager({
    config: channels(config),
    receive: async (submission) => {
      submissions.push(submission);
      return accepted;
    },
    amend: async () => 'recorded',
    record: async (streamId, event) => void recorded.push({ streamId, event }),
    logger,
    backoff: BACKOFF,
    random: () => 0,
    ...options,
  });
  running = manager;
  const types = (streamId?: string) => recorded.flatMap((entry) => (streamId && entry.streamId !== streamId ? [] : [entry.event.type]));
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
    await vi.waitFor(() => expect(submissions).toHaveLength(1));
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

test('A7 a Telegram account that lost its service comes back by itself', async () => {
  const server = await startTelegram();
  try {
    const { manager, submissions, types } = manage({ telegram: { botToken: server.token, apiRoot: server.url } });
    await manager.start();
    await vi.waitFor(() => expect(manager.status()[0]?.connected).toBe(true));
    server.fail('getUpdates', { fault: 'status', status: 502 }, { fault: 'drop' }, { fault: 'garbage' });
    server.dropConnections();
    await vi.waitFor(() => expect(types()).toContain('channel.disconnected'));
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
  expect(manager.status()).toEqual([{ channel: 'scripted', account: 'default', enabled: false, connected: false }]);
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
  expect(recorded.at(-1)).toMatchObject({ streamId: 'channel/scripted/default', event: { type: 'channel.probed', data: { ok: true } } });
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
