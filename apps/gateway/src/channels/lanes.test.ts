import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLanes } from './lanes.ts';

test('A10 each lane is done one after the other and in order, whatever order it comes in', async () => {
  const works = fc.array(fc.record({ lane: fc.constantFrom('a', 'b', 'c'), order: fc.integer({ min: 0, max: 99 }) }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(works, async (given) => {
      const sizes: number[] = [];
      const lanes = createLanes((size) => sizes.push(size));
      const done: { lane: string; order: number }[] = [];
      const busy = new Set<string>();
      for (const work of given) {
        lanes.add(work.lane, String(work.order).padStart(2, '0'), async () => {
          expect(busy.has(work.lane)).toBe(false);
          busy.add(work.lane);
          await Promise.resolve();
          busy.delete(work.lane);
          done.push(work);
        });
      }
      await lanes.idle();
      expect(done).toHaveLength(given.length);
      for (const lane of ['a', 'b', 'c']) {
        const orders = done.filter((work) => work.lane === lane).map(({ order }) => order);
        expect(orders).toEqual(orders.toSorted((a, b) => a - b));
      }
      expect(lanes.size()).toBe(0);
      expect(Math.max(0, ...sizes)).toBe(given.length);
    }),
  );
});

test('A10 work that comes while a lane is busy waits for it, the others go on', async () => {
  const lanes = createLanes();
  const held = Promise.withResolvers<void>();
  const done: string[] = [];
  lanes.add('a', '1', () => held.promise.then(() => void done.push('a1')));
  lanes.add('b', '1', async () => void done.push('b1'));
  await expect.poll(() => done).toEqual(['b1']);
  lanes.add('a', '2', async () => void done.push('a2'));
  held.resolve();
  await lanes.idle();
  expect(done).toEqual(['b1', 'a1', 'a2']);
});
