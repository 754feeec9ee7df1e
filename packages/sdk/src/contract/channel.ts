import { GatewayError } from '@openclaw-gateway/events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ChannelAccount, ChannelContext, ChannelDefinition, Inbound, Peer, Received } from '../channel.ts';

/** A channel's service that the contract can play with, over real sockets. */
export type ChannelHarness = {
  readonly definition: ChannelDefinition;
  /** A block of the configuration that works. */
  readonly config: unknown;
  /** Values of the configuration that must appear in no error. */
  readonly secrets: readonly string[];
  /** Whom a reply can be sent to. */
  readonly peer: Peer;
  /** A user writes to the bot. */
  readonly userWrites: (text: string) => void;
  /** The service brings the last message once more. */
  readonly bringAgain: () => void;
  /** Whether the service was told that everything it brought has arrived. */
  readonly acknowledged: () => boolean;
  /** The texts that arrived at the service. */
  readonly sent: () => readonly string[];
  readonly failNextSend: (how: 'unavailable' | 'rate-limited' | 'refused' | 'dropped') => void;
  readonly refuseCredentials: () => void;
  /** The service fails in whatever keeps the account connected. Needed unless `capabilities.connection` is `none`, and then not there. */
  readonly loseConnection?: () => void;
  /** Hears of the account that runs, so that the service can call it. */
  readonly onStarted?: (account: ChannelAccount) => void;
  readonly close: () => Promise<void>;
};

type Observed = {
  readonly received: Inbound[];
  readonly refused: GatewayError[];
  readonly connections: (string | undefined)[];
  readonly disconnections: (GatewayError | undefined)[];
};

const WAIT = { timeout: 10_000, interval: 5 };

/** Runs the contract of a channel adapter. @example channelContract('telegram', async () => telegramHarness()) */
export function channelContract(name: string, factory: () => Promise<ChannelHarness>): void {
  describe(`channel contract: ${name}`, () => {
    let harness: ChannelHarness;
    let observed: Observed;
    let account: ChannelAccount | undefined;
    let lifetime: AbortController;
    let onReceive: (inbound: Inbound) => Promise<Received>;

    const start = async () => {
      const context: ChannelContext<unknown> = {
        account: 'default',
        config: harness.definition.config.parse(harness.config),
        receive: async (inbound) => {
          const result = await onReceive(inbound);
          observed.received.push(inbound);
          return result;
        },
        amend: async () => 'recorded',
        refuse: async (_, error) => void observed.refused.push(error),
        connected: (identity) => void observed.connections.push(identity),
        disconnected: (_, error) => void observed.disconnections.push(error),
        signal: lifetime.signal,
      };
      account = await harness.definition.start(context);
      harness.onStarted?.(account);
      return account;
    };
    const startConnected = async () => {
      const started = await start();
      await vi.waitFor(() => expect(observed.connections).toHaveLength(1), WAIT);
      return started;
    };
    const outbound = (text: string) => ({ deliveryId: 'dlv_1', messageId: 'msg_1', to: harness.peer, text, attempt: 1 });
    const never = new AbortController().signal;

    beforeEach(async () => {
      harness = await factory();
      observed = { received: [], refused: [], connections: [], disconnections: [] };
      lifetime = new AbortController();
      onReceive = async () => accepted;
    });
    afterEach(async () => {
      lifetime.abort();
      await account?.stop();
      account = undefined;
      await harness.close();
    });

    test('A1 a message of a user is received, normalised', async () => {
      await startConnected();
      harness.userWrites('hello there');
      await vi.waitFor(() => expect(observed.received).toHaveLength(1), WAIT);
      const [inbound] = observed.received;
      expect(inbound).toMatchObject({ text: 'hello there' });
      expect(inbound?.externalId).toBeTruthy();
      expect(inbound?.sender.id).toBeTruthy();
      expect(inbound?.peer.id).toBeTruthy();
    });

    test('A1 the service is told that a message arrived only after it is committed', async () => {
      const commit = Promise.withResolvers<Received>();
      let asked = 0;
      onReceive = () => {
        asked++;
        return commit.promise;
      };
      await startConnected();
      harness.userWrites('wait for it');
      await vi.waitFor(() => expect(asked).toBe(1), WAIT);
      expect(harness.acknowledged()).toBe(false);
      commit.resolve(accepted);
      await vi.waitFor(() => expect(harness.acknowledged()).toBe(true), WAIT);
    });

    test('A1 a message that could not be committed comes again and is not lost', async () => {
      let tries = 0;
      onReceive = async () => {
        tries++;
        if (tries === 1) throw new GatewayError('LOG_OVERLOADED', { details: { retryAfterMs: 1 } });
        return accepted;
      };
      await startConnected();
      harness.userWrites('once more');
      await vi.waitFor(() => expect(observed.received.map((inbound) => inbound.text)).toContain('once more'), WAIT);
      await vi.waitFor(() => expect(harness.acknowledged()).toBe(true), WAIT);
    });

    test('A1 a message that the gateway can never take is recorded and does not hold up the next', async () => {
      onReceive = async (inbound) => {
        if (inbound.text === 'impossible') throw new GatewayError('BAD_REQUEST');
        return accepted;
      };
      await startConnected();
      harness.userWrites('impossible');
      harness.userWrites('possible');
      await vi.waitFor(() => expect(observed.received.map((inbound) => inbound.text)).toEqual(['possible']), WAIT);
      expect(observed.refused.map((error) => error.code)).toEqual(['BAD_REQUEST']);
    });

    test('A1 the same message brought twice has the same id', async () => {
      await startConnected();
      harness.userWrites('twice');
      await vi.waitFor(() => expect(observed.received).toHaveLength(1), WAIT);
      harness.bringAgain();
      await vi.waitFor(() => expect(observed.received).toHaveLength(2), WAIT);
      expect(observed.received[1]?.externalId).toBe(observed.received[0]?.externalId);
    });

    test('A6 a reply arrives at its peer', async () => {
      const started = await startConnected();
      await started.send(outbound('the reply'), never);
      expect(harness.sent()).toEqual(['the reply']);
    });

    test.each([
      ['unavailable', 'CHANNEL_UNAVAILABLE', true],
      ['dropped', 'CHANNEL_UNAVAILABLE', true],
      ['rate-limited', 'CHANNEL_RATE_LIMITED', true],
      ['refused', 'CHANNEL_REFUSED', false],
    ] as const)('A6 a service that is %s gives %s', async (how, code, retryable) => {
      const started = await startConnected();
      harness.failNextSend(how);
      const error = await started.send(outbound('the reply'), never).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, retryable });
      if (how === 'rate-limited') expect((error as GatewayError).details?.['retryAfterMs']).toBeGreaterThan(0);
      expectNoSecret(error, harness.secrets);
      await started.send(outbound('the reply'), never);
      expect(harness.sent()).toEqual(['the reply']);
    });

    test('B12 a probe reaches the service and says how long each step took', async () => {
      const started = await startConnected();
      const steps = await started.probe(never);
      expect(steps.length).toBeGreaterThan(0);
      for (const step of steps) expect(step).toMatchObject({ ok: true, durationMs: expect.any(Number) });
      expect(harness.sent()).toEqual([]);
    });

    test('B12 a probe with refused credentials says so', async () => {
      const started = await startConnected();
      harness.refuseCredentials();
      const steps = await started.probe(never);
      expect(steps.at(-1)).toMatchObject({ ok: false, error: { code: 'CHANNEL_UNAUTHORIZED' } });
      expectNoSecret(steps, harness.secrets);
    });

    test('A2 refused credentials end the start with CHANNEL_UNAUTHORIZED', async () => {
      harness.refuseCredentials();
      const error = await start().then(
        () => vi.waitUntil(() => observed.disconnections[0], WAIT),
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: 'CHANNEL_UNAUTHORIZED', retryable: false });
      expectNoSecret(error, harness.secrets);
      expect(observed.connections).toEqual([]);
    });

    test('A7 a lost connection is reported; an account that keeps none says so, and reports none', async () => {
      await startConnected();
      const keepsOne = harness.definition.capabilities.connection !== 'none';
      expect(harness.loseConnection !== undefined, 'the harness loses the connection that capabilities.connection speaks of').toBe(
        keepsOne,
      );
      if (!keepsOne) {
        harness.failNextSend('dropped');
        await account?.send(outbound('lost'), never).catch(() => undefined);
        return expect(observed.disconnections).toEqual([]);
      }
      harness.loseConnection?.();
      await vi.waitFor(() => expect(observed.disconnections).toHaveLength(1), WAIT);
      expect(observed.disconnections[0]).toMatchObject({ code: expect.stringMatching(/^CHANNEL_/) });
      expectNoSecret(observed.disconnections[0], harness.secrets);
    });

    test('A7 a stopped account receives nothing more and reports no failure', async () => {
      const started = await startConnected();
      lifetime.abort();
      await started.stop();
      harness.userWrites('too late');
      expect(observed.disconnections).toEqual([]);
      expect(observed.received).toEqual([]);
    });
  });
}

const accepted: Received = {
  status: 'accepted',
  messageId: 'msg_1',
  sessionId: 'ses_1',
  sessionKey: 'agent:main:main',
  agentId: 'main',
  position: 1,
  duplicate: false,
};

/** No secret is in anything that a log or an event would take from a failure. */
export function expectNoSecret(what: unknown, secrets: readonly string[]): void {
  const shown: string[] = [];
  const collect = (value: unknown, depth: number): void => {
    if (depth > 6) return;
    if (typeof value === 'string') shown.push(value);
    else if (typeof value === 'object' && value !== null) {
      for (const key of Object.getOwnPropertyNames(value)) collect((value as Record<string, unknown>)[key], depth + 1);
    }
  };
  collect(what, 0);
  for (const secret of secrets) expect(shown.filter((text) => text.includes(secret))).toEqual([]);
}
