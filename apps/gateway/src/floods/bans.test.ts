import { type EventMetadata, type NewEvent, newId, type StoredEvent } from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import { BANS_STREAM, createBans } from './bans.ts';

const OPERATOR = { type: 'user', id: 'usr_test' } as const;

function start(clock = { now: 1_000_000 }) {
  const stored: StoredEvent[] = [];
  const closed: string[] = [];
  const warnings: string[] = [];
  const record = async (streamId: string, event: NewEvent, metadata?: EventMetadata) => {
    stored.push({
      ...event,
      id: newId('event'),
      streamId,
      position: stored.length + 1,
      version: stored.length + 1,
      time: clock.now,
      metadata,
    } as StoredEvent);
  };
  const open = () =>
    createBans({
      record,
      pseudonym: () => new Uint8Array(32),
      logger: { warn: (_, message) => warnings.push(message) },
      onBanned: (network) => closed.push(network),
      now: () => clock.now,
    });
  const log = {
    head: () => stored.length,
    readStream: async (streamId: string, { afterVersion = 0, limit = 1000 }: { afterVersion?: number; limit?: number }) =>
      streamId === BANS_STREAM ? stored.slice(afterVersion, afterVersion + limit) : [],
  };
  return { clock, stored, closed, warnings, open, log, bans: open() };
}

test('a ban is in force at once, is recorded with its address sealed under a subject, and ends by itself without an event', async () => {
  const { bans, clock, stored, closed } = start();
  bans.impose('203.0.113.9', 'rate', 60_000);
  expect(bans.of('203.0.113.9')).toMatchObject({ reason: 'rate', until: 1_060_000 });
  expect(bans.of('203.0.113.10')).toBeUndefined();
  expect(closed).toEqual(['203.0.113.9']);
  await bans.close();
  expect(stored).toMatchObject([
    {
      type: 'auth.address_banned',
      streamId: 'auth/bans',
      data: { address: '203.0.113.9' },
      metadata: { subject: expect.stringMatching(/^sub_/) },
    },
  ]);
  clock.now += 60_000;
  expect(bans.of('203.0.113.9')).toBeUndefined();
  expect(bans.list()).toEqual([]);
  expect(stored).toHaveLength(1);
});

test('what is in force is read from the stream again after a restart: bans that last, not those that ended or were lifted', async () => {
  const { bans, clock, open, log, stored } = start();
  bans.impose('a.short', 'rate', 1000);
  bans.impose('203.0.113.1', 'anomaly', 60_000);
  await bans.add('203.0.113.2', OPERATOR, { note: 'tries passwords' });
  await bans.add('2001:db8:1:2::/64', OPERATOR, { forMs: 60_000 });
  await bans.add('203.0.113.3', OPERATOR, {});
  expect(await bans.remove('203.0.113.3', OPERATOR)).toBe(true);
  expect(await bans.remove('203.0.113.3', OPERATOR)).toBe(false);
  await bans.close();
  clock.now += 5000;
  const after = open();
  await after.load(log);
  expect(
    after
      .list()
      .map(({ address }) => address)
      .toSorted(),
  ).toEqual(['2001:db8:1:2::/64', '203.0.113.1', '203.0.113.2'].toSorted());
  expect(after.of('203.0.113.2')).toMatchObject({ reason: 'operator', note: 'tries passwords' });
  expect(stored.at(-1)).toMatchObject({ type: 'auth.address_unbanned' });
});

test('an address that was erased is no longer known, and so no longer banned', async () => {
  const { bans, open, log, stored } = start();
  await bans.add('203.0.113.2', OPERATOR, {});
  stored[0] = { ...stored[0], data: { address: '[erased]', reason: 'operator' }, erased: true } as unknown as StoredEvent;
  const after = open();
  await after.load(log);
  expect(after.list()).toEqual([]);
});

test('there are never more than 10,000 bans, those of operators stay, and an hour of a flood records 1,000', async () => {
  const { bans, stored, warnings } = start();
  await bans.add('operator.1', OPERATOR, {});
  for (let at = 0; at < 10_500; at++) bans.impose(`net.${at}`, 'rate', 60_000);
  await bans.close();
  expect(bans.list()).toHaveLength(10_000);
  expect(bans.of('operator.1')).toBeDefined();
  expect(bans.of('net.0')).toBeUndefined();
  expect(bans.of('net.10499')).toBeDefined();
  expect(stored).toHaveLength(1001);
  expect(warnings).toEqual(['more bans in an hour than are recorded: they end with this process']);
});
