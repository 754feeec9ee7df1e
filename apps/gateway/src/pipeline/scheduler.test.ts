import { describe, expect, it, test, vi } from 'vitest';
import { Scheduler } from './scheduler.ts';

const deferred = () => Promise.withResolvers<void>();
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('A8 scheduler', () => {
  it('never works on one session twice at a time, and looks again when it was woken meanwhile', async () => {
    let active = 0;
    let most = 0;
    let steps = 0;
    let gate = deferred();
    const scheduler = new Scheduler({
      now: Date.now,
      limit: () => 10,
      failed: () => expect.unreachable(),
      work: async () => {
        steps += 1;
        active += 1;
        most = Math.max(most, active);
        await gate.promise;
        active -= 1;
        return { again: false };
      },
    });
    scheduler.wake('a');
    scheduler.wake('a');
    scheduler.wake('a');
    gate.resolve();
    await turn();
    expect({ most, steps }).toEqual({ most: 1, steps: 2 });
    gate = deferred();
    gate.resolve();
    await scheduler.stop();
  });

  it('runs at most `limit` sessions and serves those that wait in their order, one step each', async () => {
    const order: string[] = [];
    const left = new Map([
      ['a', 2],
      ['b', 2],
      ['c', 2],
    ]);
    const scheduler = new Scheduler({
      now: Date.now,
      limit: () => 1,
      failed: () => expect.unreachable(),
      work: async (id) => {
        order.push(id);
        const remaining = (left.get(id) ?? 0) - 1;
        left.set(id, remaining);
        return { again: remaining > 0 };
      },
    });
    for (const id of left.keys()) scheduler.wake(id);
    await turn();
    expect(order).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    await scheduler.stop();
  });

  it('starts what waits as soon as the limit is raised', async () => {
    let limit = 1;
    const begun: string[] = [];
    const gate = deferred();
    const scheduler = new Scheduler({
      now: Date.now,
      limit: () => limit,
      failed: () => expect.unreachable(),
      work: async (id) => {
        begun.push(id);
        await gate.promise;
        return { again: false };
      },
    });
    for (const id of ['a', 'b', 'c']) scheduler.wake(id);
    expect(begun).toEqual(['a']);
    limit = 2;
    scheduler.limitChanged();
    expect(begun).toEqual(['a', 'b']);
    gate.resolve();
    await turn();
    await scheduler.stop();
  });

  it('reports a failed step and goes on with the other sessions', async () => {
    const failed: string[] = [];
    const done: string[] = [];
    const scheduler = new Scheduler({
      now: Date.now,
      limit: () => 1,
      failed: (id) => failed.push(id),
      work: async (id) => {
        if (id === 'bad') throw new Error('boom');
        done.push(id);
        return { again: false };
      },
    });
    scheduler.wake('bad');
    scheduler.wake('good');
    await turn();
    expect({ failed, done }).toEqual({ failed: ['bad'], done: ['good'] });
    await scheduler.stop();
  });

  it('starts nothing after stop and resolves it when the last step ends', async () => {
    const gate = deferred();
    let steps = 0;
    const scheduler = new Scheduler({
      now: Date.now,
      limit: () => 1,
      failed: () => expect.unreachable(),
      work: async () => {
        steps += 1;
        await gate.promise;
        return { again: true };
      },
    });
    scheduler.wake('a');
    scheduler.wake('b');
    const stopped = scheduler.stop();
    scheduler.wake('c');
    gate.resolve();
    await stopped;
    expect(steps).toBe(1);
  });
});

test('A3 an urgent session goes before those that wait, and one that is not urgent is not held up for ever', async () => {
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const scheduler = new Scheduler({
    work: async (id) => {
      if (id === 'busy') await first.promise;
      else order.push(id);
      return { again: false };
    },
    limit: () => 1,
    failed: () => {},
    now: () => 0,
    claim: (id) => ({ priority: id.startsWith('high') ? 'high' : id.startsWith('low') ? 'low' : 'normal', sender: id, agentId: 'a' }),
  });
  scheduler.wake('busy');
  scheduler.wake('low');
  scheduler.wake('normal');
  for (let index = 0; index < 20; index++) scheduler.wake(`high ${index}`);
  expect(scheduler.waiting).toBe(22);
  first.resolve();
  await vi.waitFor(() => expect(order).toHaveLength(22));
  expect(order.slice(0, 2)).toEqual(['high 0', 'high 1']);
  expect(order.indexOf('low')).toBeLessThan(10);
  expect(order.indexOf('normal')).toBeLessThan(20);
});
