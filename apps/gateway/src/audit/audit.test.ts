import { GatewayError, type NewEvent } from '@openclaw-gateway/events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Caller } from '../access/index.ts';
import { configSchema } from '../config/schema/index.ts';
import { type Asker, createAudit, recordIfOn } from './index.ts';
import { isRecorded } from './kinds.ts';

const KINDS = ['authentication', 'authorization', 'data_access', 'configuration_change', 'admin_action'] as const;
const settingsOf = (audit: object) => configSchema.parse({ gateway: { logging: { audit } } }).gateway.logging.audit;

let appended: { readonly event: NewEvent; readonly metadata: { readonly actor?: object; readonly subject?: string } }[];
let broken: GatewayError | undefined;
let settings = settingsOf({});
beforeEach(() => {
  vi.useFakeTimers();
  appended = [];
  broken = undefined;
  settings = settingsOf({});
});
afterEach(() => vi.useRealTimers());

const open = () =>
  createAudit({
    settings: () => settings,
    append: async (_stream, event, metadata) => {
      if (broken) throw broken;
      return appended.push({ event, metadata });
    },
    pseudonym: () => new Uint8Array(32),
    logger: { warn: () => undefined },
  });

const asker = (id = 'usr_anna', address = '203.0.113.9', roles: Caller['roles'] = ['viewer']): Asker => ({
  caller: { method: 'session', actor: { type: 'user', id }, roles },
  socket: { remoteAddress: address },
  door: 'http',
});
const reading = (id: string) => ({ operation: 'read', target: { kind: 'session', id } }) as const;
const data = () => appended.map(({ event }) => event.data);
const settled = () => vi.advanceTimersByTimeAsync(0);

describe('D gateway.logging.audit.events data_access', () => {
  it('records the first look at once and the others of a minute together: who, from where, what, how often', async () => {
    const audit = open();
    for (let time = 0; time < 30; time++) audit.look(asker(), reading('ses_a'));
    await settled();
    expect(appended).toMatchObject([
      {
        event: {
          type: 'audit.accessed',
          data: {
            operation: 'read',
            target: { kind: 'session', id: 'ses_a' },
            door: 'http',
            times: 1,
            client: { address: '203.0.113.9', scheme: 'http' },
          },
        },
        metadata: { actor: { type: 'user', id: 'usr_anna' }, subject: expect.stringMatching(/^sub_/) },
      },
    ]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(data().slice(1)).toMatchObject([{ times: 29 }]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(appended).toHaveLength(2);
    audit.look(asker(), reading('ses_a'));
    await settled();
    expect(data().at(-1)).toMatchObject({ times: 1 });
  });

  it('keeps apart who looks, from where, at what, and what for', async () => {
    const audit = open();
    audit.look(asker(), reading('ses_a'));
    audit.look(asker(), reading('ses_b'));
    audit.look(asker('usr_otto'), reading('ses_a'));
    audit.look(asker('usr_anna', '203.0.113.10'), reading('ses_a'));
    audit.look(asker(), { operation: 'search', target: { kind: 'events' }, query: 'crane' });
    audit.look(asker(), { operation: 'search', target: { kind: 'events' }, query: 'harbour' });
    await settled();
    expect(appended).toHaveLength(6);
  });

  it('writes what is still folded when it ends', async () => {
    const audit = open();
    for (let time = 0; time < 3; time++) audit.look(asker(), reading('ses_a'));
    await audit.close();
    expect(data()).toMatchObject([{ times: 1 }, { times: 2 }]);
  });

  it('holds 5,000 at a time and loses none of more', async () => {
    const audit = open();
    for (let index = 0; index < 12_000; index++) {
      audit.look(asker(), reading(`ses_${index % 6000}`));
      if (index % 500 === 0) await settled();
    }
    await audit.close();
    expect(appended.reduce((sum, { event }) => sum + (event.data as { times: number }).times, 0)).toBe(12_000);
  });
});

describe('without a writable log', () => {
  it('nothing is shown that belongs in the trail, nor done, until it can be written; what was shown before is recorded then', async () => {
    const audit = open();
    broken = new GatewayError('LOG_UNAVAILABLE');
    audit.look(asker(), reading('ses_a'));
    await settled();
    expect(() => audit.look(asker(), reading('ses_b'))).toThrowError(
      expect.objectContaining({ code: 'AUDIT_UNAVAILABLE', status: 503, details: { because: 'LOG_UNAVAILABLE' } }),
    );
    const done = vi.fn(async () => undefined);
    await expect(audit.act(asker(), { action: 'gateway.stop' }, done)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(done).not.toHaveBeenCalled();
    broken = undefined;
    await vi.advanceTimersByTimeAsync(1000);
    audit.look(asker(), reading('ses_b'));
    await audit.act(asker(), { action: 'gateway.stop' }, done);
    expect(done).toHaveBeenCalledOnce();
    expect(data()).toMatchObject([
      { target: { id: 'ses_a' } },
      { target: { id: 'ses_b' } },
      { action: 'gateway.stop' },
      { outcome: 'success' },
    ]);
  });

  it('the first action of all is refused before it is done', async () => {
    const audit = open();
    broken = new GatewayError('LOG_OVERLOADED');
    const done = vi.fn(async () => undefined);
    await expect(audit.act(asker(), { action: 'data.erase' }, done)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(done).not.toHaveBeenCalled();
  });

  it('what is switched off goes on', async () => {
    settings = settingsOf({ events: [] });
    const audit = open();
    broken = new GatewayError('LOG_UNAVAILABLE');
    audit.look(asker(), reading('ses_a'));
    expect(await audit.act(asker(), { action: 'gateway.stop' }, async () => 'done')).toBe('done');
  });

  it('no more than a thousand entries wait', async () => {
    const held = Promise.withResolvers<void>();
    const audit = createAudit({
      settings: () => settings,
      append: async (_stream, event, metadata) => {
        await held.promise;
        return appended.push({ event, metadata });
      },
      pseudonym: () => new Uint8Array(32),
      logger: { warn: () => undefined },
    });
    const all = () => Array.from({ length: 1100 }, (_, index) => () => audit.look(asker(), reading(`ses_${index}`)));
    const refused = all().filter((look) => {
      try {
        look();
        return false;
      } catch {
        return true;
      }
    });
    expect(refused.length).toBe(100);
    held.resolve();
    await audit.close();
    expect(appended).toHaveLength(1000);
  });
});

describe('D gateway.logging.audit.events admin_action', () => {
  it('records that something was asked for before it is done, and how it ended', async () => {
    const audit = open();
    const acting = { action: 'config.change', target: { kind: 'config', id: 'gateway.logging.level' }, reason: 'to see more' };
    await audit.act(asker(), acting, async () => expect(data()).toMatchObject([acting]));
    const failing = async () => {
      throw new GatewayError('CONFIG_INVALID');
    };
    await expect(audit.act(asker(), acting, failing)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(appended.map(({ event }) => event.type)).toEqual([
      'audit.action_requested',
      'audit.action_ended',
      'audit.action_requested',
      'audit.action_ended',
    ]);
    expect(data()).toMatchObject([
      {},
      { outcome: 'success', requestedAt: 1 },
      {},
      { outcome: 'failure', requestedAt: 3, problem: { code: 'CONFIG_INVALID' } },
    ]);
  });
});

describe('a kind that is switched off', () => {
  it.each([
    ['authentication', ['auth.login', 'auth.logout', 'auth.proved']],
    ['authorization', ['auth.forbidden', 'network.inbound_refused', 'network.outbound_refused']],
    ['data_access', ['audit.accessed', 'audit.viewed', 'audit.revealed']],
    ['admin_action', ['audit.action_requested', 'audit.action_ended']],
  ] as const)('D gateway.logging.audit.events without %s: its entries are not recorded', (kind, types) => {
    for (const type of types) {
      expect(isRecorded(type, { enabled: true, events: [...KINDS] })).toBe(true);
      expect(isRecorded(type, { enabled: true, events: KINDS.filter((other) => other !== kind) })).toBe(false);
    }
  });

  it('D gateway.logging.audit.enabled: what the log itself needs is recorded all the same', () => {
    const needed = [
      'auth.accepted',
      'auth.token_issued',
      'auth.token_revoked',
      'config.changed',
      'config.rejected',
      'audit.exported',
      'audit.verified',
      'data.held',
      'data.erased',
      'alert.silenced',
      'gateway.started',
    ];
    for (const type of needed) expect(isRecorded(type, { enabled: false, events: [] })).toBe(true);
    for (const type of ['auth.login', 'auth.denied', 'audit.accessed'])
      expect(isRecorded(type, { enabled: false, events: [...KINDS] })).toBe(false);
  });

  it('takes effect with the next event', async () => {
    const record = vi.fn(async () => undefined);
    const gated = recordIfOn(record, () => settings);
    await gated('auth', { type: 'auth.login' } as never);
    settings = settingsOf({ events: ['admin_action'] });
    await gated('auth', { type: 'auth.login' } as never);
    expect(record).toHaveBeenCalledOnce();
  });
});

describe('what a caller is shown', () => {
  it.each([
    ['viewer', '***'],
    ['auditor', 'Hunter22'],
    ['admin', 'Hunter22'],
  ] as const)('D gateway.logging.audit.masking.enabled: a %s sees %s, and who sees more is on record', async (role, password) => {
    const audit = open();
    const by = asker('usr_x', '203.0.113.9', [role]);
    const look = () =>
      audit.shown(
        { ...by, caller: { ...by.caller, method: 'token' } },
        { kind: 'session', id: 'ses_1' },
        { rows: [{ password: 'Hunter22' }] },
      );
    expect([look(), look()]).toEqual([{ rows: [{ password }] }, { rows: [{ password }] }]);
    await audit.close();
    const revealed = appended.map(({ event }) => event).filter(({ type }) => type === 'audit.revealed');
    const entry = { target: { kind: 'session', id: 'ses_1' }, fields: ['password'], door: 'http', times: 1 };
    expect(revealed.map(({ data }) => data)).toMatchObject(role === 'viewer' ? [] : [entry, entry]);
  });

  it.each([
    ['a login at the dashboard', { method: 'session', provedAt: true, door: 'dashboard' }, '***'],
    ['a login with a fresh proof elsewhere', { method: 'session', provedAt: true, door: 'http' }, 'Hunter22'],
    ['a login without one elsewhere', { method: 'session', provedAt: false, door: 'http' }, '***'],
    ['a token at the dashboard', { method: 'token', provedAt: false, door: 'dashboard' }, 'Hunter22'],
  ] as const)(
    'D to an auditor by %s a password is shown as it is only where nobody else can sit',
    (_, { method, provedAt, door }, password) => {
      const { caller, socket } = asker('usr_x', '203.0.113.9', ['auditor']);
      const by = { caller: { ...caller, method, ...(provedAt && { provedAt: Date.now() }) }, socket, door } as Asker;
      expect(open().shown(by, { kind: 'event', id: '7' }, { password: 'Hunter22' })).toEqual({ password });
    },
  );

  it('D what a login asks to see needs a fresh proof and is on record', async () => {
    const audit = open();
    const by = asker('usr_x', '203.0.113.9', ['auditor']);
    const reveal = (provedAt?: number) =>
      audit.revealed(
        { ...by, caller: { ...by.caller, ...(provedAt !== undefined && { provedAt }) } },
        { kind: 'event', id: '7' },
        { password: 'Hunter22' },
      );
    expect(() => reveal()).toThrow(expect.objectContaining({ code: 'STEP_UP_REQUIRED' }));
    expect(reveal(Date.now())).toEqual({ password: 'Hunter22' });
    await audit.close();
    expect(appended.map(({ event }) => event.type)).toEqual(['audit.revealed']);
  });

  it('what holds nothing that would be masked is shown to everybody, and nothing is recorded of it', async () => {
    const audit = open();
    expect(audit.shown(asker(), { kind: 'session' }, { text: 'good morning' })).toEqual({ text: 'good morning' });
    await audit.close();
    expect(appended.map(({ event }) => event.type)).not.toContain('audit.revealed');
  });

  it('D gateway.logging.audit.masking.enabled false masks nothing', () => {
    settings = settingsOf({ masking: { enabled: false } });
    expect(open().shown(asker(), { kind: 'config' }, { password: 'Hunter22' })).toEqual({ password: 'Hunter22' });
  });
});
