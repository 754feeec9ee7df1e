import { type AppendRequest, type AppendResult, MemoryLog } from '@openclaw-gateway/db';
import { GatewayStopped, newId } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Disk } from './disk.ts';
import { DiskLog, type DiskRecord } from './disk-log.ts';
import { Machine } from './machine.ts';

function open(machine: Machine, disk: Disk) {
  const owner = { alive: true };
  const records = disk.recover().map((payload) => JSON.parse(payload) as DiskRecord);
  const log = new DiskLog({ machine, disk, owner, isLow: () => false, onDurable: () => {} }, records);
  const crash = () => {
    owner.alive = false;
    disk.lose();
  };
  return { log, crash };
}

async function run(machine: Machine, steps = Number.POSITIVE_INFINITY): Promise<void> {
  for (let step = 0; step < steps && (await machine.step()); step++);
}

const streams = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 });
type Append = {
  readonly streams: readonly string[];
  readonly expected: Readonly<Record<string, number>>;
  readonly key: string | undefined;
  readonly requestHash: string;
};

const append: fc.Arbitrary<Append> = fc.record({
  streams,
  expected: fc.dictionary(fc.constantFrom('a', 'b'), fc.nat({ max: 5 }), { maxKeys: 1 }),
  key: fc.option(fc.constantFrom('k1', 'k2'), { nil: undefined }),
  requestHash: fc.constantFrom('h1', 'h2'),
});

function request({ streams: ids, expected, key, requestHash }: Append): AppendRequest {
  const events = ids.map((streamId) => ({
    streamId,
    event: { ...GatewayStopped.create({ reason: 'test', uptimeMs: 1 }), id: newId('event') },
  }));
  return { events, expected, ...(key === undefined ? {} : { idempotency: { key, requestHash } }) };
}

const withoutTime = (result: AppendResult) =>
  result.ok ? { ...result, events: result.events.map((event) => ({ ...event, time: 0 })) } : result;

it('answers any sequence of appends as the log in memory does, and reads back the same after it is opened again', async () => {
  const history = fc.asyncProperty(fc.integer(), fc.array(append, { minLength: 1, maxLength: 30 }), async (seed, appends) => {
    const machine = new Machine(seed);
    const disk = new Disk(machine.random);
    const memory = new MemoryLog();
    const { log, crash } = open(machine, disk);
    const requests = appends.map(request);
    const answers = Promise.all(requests.map((one) => log.append(one)));
    const expected = Promise.all(requests.map((one) => memory.append(one)));
    await run(machine);
    expect((await answers).map(withoutTime)).toEqual((await expected).map(withoutTime));
    crash();
    const again = open(machine, disk).log;
    expect(again.head()).toBe(memory.head());
    const read = again.readAll({ after: 0, limit: 1000 });
    await run(machine);
    expect((await read).map((event) => event.id)).toEqual((await memory.readAll({ after: 0, limit: 1000 })).map((event) => event.id));
  });
  await fc.assert(history, { numRuns: 100 });
});

it('keeps everything it answered, whenever the power goes, and of the rest whole commits only', async () => {
  const history = fc.asyncProperty(fc.integer(), fc.nat({ max: 60 }), async (seed, steps) => {
    const machine = new Machine(seed);
    const disk = new Disk(machine.random);
    const { log, crash } = open(machine, disk);
    let answered = 0;
    for (let index = 0; index < 30; index++) {
      void log.append(request({ streams: ['a', 'b', 'c'], expected: {}, key: undefined, requestHash: '' })).then((result) => {
        if (result.ok) answered = result.last;
      });
    }
    await run(machine, steps);
    crash();
    const { log: again } = open(machine, disk);
    expect(again.head()).toBeGreaterThanOrEqual(answered);
    expect(again.head() % 3).toBe(0);
  });
  await fc.assert(history, { numRuns: 100 });
});

it.each(['write_fails', 'full', 'sync_fails'] as const)(
  'takes nothing more after the disk failed (%s), and goes on when it is opened again',
  async (fault) => {
    const machine = new Machine(7);
    const disk = new Disk(machine.random);
    const { log, crash } = open(machine, disk);
    const one = () => request({ streams: ['a'], expected: {}, key: undefined, requestHash: '' });
    const first = log.append(one());
    await run(machine);
    await first;
    disk.fault = fault;
    const failing = expect(log.append(one())).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await run(machine);
    await failing;
    disk.fault = 'none';
    await expect(log.append(one())).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    crash();
    const { log: again } = open(machine, disk);
    const head = again.head();
    expect(head).toBeGreaterThanOrEqual(1);
    const next = again.append(one());
    await run(machine);
    expect(await next).toMatchObject({ ok: true, last: head + 1 });
  },
);
