import { MemoryLog } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import type { Outbound } from '@openclaw-gateway/sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refuse, testMessages } from './test-message.ts';

const ACTOR = { type: 'user', id: 'usr_ann' } as const;
const TO = { channel: 'telegram', account: 'work', recipient: '42' };

function make({ allowFrom = ['42'], send = async () => ({ providerMessageId: '9' }) as object, down = false } = {}) {
  const log = new MemoryLog();
  const sent: Outbound[] = [];
  const types = async () => (await log.readAll({ after: 0, limit: 20 })).map(({ type }) => type);
  const ask = testMessages({
    log,
    channels: {
      status: () => [{ channel: 'telegram', account: 'work', enabled: true, connected: true }],
      direct: async (_channel, _account, id) => {
        if (down) throw new GatewayError('CHANNEL_UNAVAILABLE');
        return { kind: 'direct', id: `chat-of-${id}` };
      },
      send: async (_channel, _account, outbound) => {
        expect(await types()).toEqual(['delivery.requested', 'delivery.attempted']);
        sent.push(outbound);
        return await send();
      },
    },
    policy: () => ({ dmPolicy: 'allowlist', allowFrom }),
    isPaired: () => false,
    subjectOf: (channel, person) => `sub_${channel}_${person}`,
    streamOf: (channel, account) => `channel/${channel}/${account}`,
  });
  return { log, sent, types, ask };
}

describe('B12 the test message of a probe', () => {
  test('is a delivery whose intent is durable before it is sent, and a step with its time; the recipient is in no probe', async () => {
    const { log, sent, types, ask } = make();
    const step = await ask(TO, ACTOR);
    expect(step).toMatchObject({ name: 'send', ok: true, durationMs: expect.any(Number), detail: sent[0]?.deliveryId });
    expect(sent).toMatchObject([{ to: { kind: 'direct', id: 'chat-of-42' }, attempt: 1, text: expect.stringContaining('Test message') }]);
    expect(await types()).toEqual(['delivery.requested', 'delivery.attempted', 'delivery.succeeded', 'channel.probed']);
    const events = await log.readAll({ after: 0, limit: 20 });
    expect(events.every(({ streamId, metadata }) => streamId === 'channel/telegram/work' && metadata.actor?.id === 'usr_ann')).toBe(true);
    expect(new Set(events.slice(0, 3).map(({ metadata }) => metadata.correlationId))).toEqual(new Set([sent[0]?.messageId]));
    expect(JSON.stringify(events.at(-1)?.data)).not.toContain('42"');
  });

  test('names why it did not arrive, is recorded as failed, and is not tried again', async () => {
    const fail = () => Promise.reject(new GatewayError('CHANNEL_WINDOW_CLOSED', { message: 'He wrote yesterday.' }));
    const { sent, types, ask } = make({ send: fail });
    expect(await ask(TO, ACTOR)).toMatchObject({ ok: false, error: { code: 'CHANNEL_WINDOW_CLOSED', message: 'He wrote yesterday.' } });
    expect(sent).toHaveLength(1);
    expect(await types()).toEqual(['delivery.requested', 'delivery.attempted', 'delivery.failed', 'channel.probed']);
  });

  test('goes to nobody whom the account does not list, by no account that is down, and by none that there is not', async () => {
    const stranger = make({ allowFrom: ['*', '43'] });
    expect(await stranger.ask(TO, ACTOR)).toMatchObject({ ok: false, error: { code: 'SENDER_NOT_ALLOWED' } });
    const down = make({ down: true });
    expect(await down.ask(TO, ACTOR)).toMatchObject({ ok: false, error: { code: 'CHANNEL_UNAVAILABLE' } });
    await expect(stranger.ask({ ...TO, account: 'other' }, ACTOR)).rejects.toMatchObject({ code: 'CHANNEL_NOT_FOUND' });
    expect([...stranger.sent, ...down.sent]).toEqual([]);
    expect(await stranger.types()).toEqual(['channel.probed']);
  });

  test('may be sent only to somebody who is listed by name or was let in, whatever the policy', () => {
    const policies = fc.constantFrom('open', 'allowlist', 'pairing', 'disabled');
    const ids = fc.constantFrom('1', '2', '*');
    fc.assert(
      fc.property(policies, fc.array(ids), ids, fc.boolean(), (dmPolicy, allowFrom, recipient, isPaired) => {
        const allowed = refuse({ ...TO, recipient }, { dmPolicy, allowFrom }, isPaired) === undefined;
        const known = allowFrom.includes(recipient) || (dmPolicy === 'pairing' && isPaired);
        expect(allowed).toBe(recipient !== '*' && dmPolicy !== 'disabled' && known);
      }),
    );
  });
});
