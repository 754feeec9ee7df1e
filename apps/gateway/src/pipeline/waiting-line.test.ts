import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claim, WaitingLine } from './waiting-line.ts';

const claim = (sender: string, priority: Claim['priority'] = 'normal', agentId = 'main'): Claim => ({ sender, priority, agentId });
const anybody = () => true;
const drain = (line: WaitingLine, mayBegin: (claim: Claim) => boolean = anybody): string[] => {
  const order: string[] = [];
  for (let next = line.take(mayBegin); next; next = line.take(mayBegin)) order.push(next.id);
  return order;
};

describe('A8 who of those that wait is next', () => {
  it('lets the senders take turns: one with a thousand conversations holds up nobody', () => {
    const line = new WaitingLine();
    for (let index = 0; index < 1000; index++) line.add(`busy ${index}`, claim('busy'));
    line.add('ann', claim('ann'));
    line.add('bob', claim('bob'));
    const order = drain(line);
    expect(order.slice(0, 3)).toEqual(['busy 0', 'ann', 'bob']);
    expect(order).toHaveLength(1002);
  });

  it('takes the more urgent first, and each sender in the order it asked', () => {
    const line = new WaitingLine();
    line.add('low', claim('a', 'low'));
    line.add('n1', claim('a'));
    line.add('n2', claim('a'));
    line.add('high', claim('a', 'high'));
    expect(drain(line)).toEqual(['high', 'n1', 'n2', 'low']);
  });

  it('passes over those whose agent may not begin, and comes back to them', () => {
    const line = new WaitingLine();
    line.add('a', claim('x', 'high', 'full'));
    line.add('b', claim('y'));
    expect(drain(line, ({ agentId }) => agentId !== 'full')).toEqual(['b']);
    expect(drain(line)).toEqual(['a']);
  });

  it('keeps the place of one that asks again, and moves it up when it became more urgent', () => {
    const line = new WaitingLine();
    line.add('a', claim('x'));
    line.add('b', claim('y'));
    line.add('a', claim('x'));
    line.add('b', claim('y', 'high'));
    expect(line.size).toBe(2);
    expect(drain(line)).toEqual(['b', 'a']);
  });

  it('starves nobody: however others come, each is served within a bound', () => {
    const coming = fc.array(fc.record({ sender: fc.constantFrom('a', 'b', 'c'), priority: fc.constantFrom('high', 'normal', 'low') }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(coming, fc.nat({ max: 20 }), (others, before) => {
        const line = new WaitingLine();
        for (let index = 0; index < before; index++) line.add(`before ${index}`, claim('a', 'high'));
        line.add('patient', claim('patient', 'low'));
        let served = 0;
        for (const [index, other] of others.entries()) {
          line.add(`x ${index}`, { ...other, agentId: 'main' } as Claim);
          if (line.take(anybody)?.id === 'patient') break;
          served += 1;
        }
        // Every eighth turn goes to who waits longest, and so many are before it.
        expect(served).toBeLessThanOrEqual(8 * (before + 1));
      }),
    );
  });

  it('loses and doubles nobody', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.nat({ max: 30 }), sender: fc.nat({ max: 3 }), priority: fc.constantFrom('high', 'normal', 'low') })),
        (adds) => {
          const line = new WaitingLine();
          for (const { id, sender, priority } of adds) line.add(`${id}`, claim(`${sender}`, priority as Claim['priority']));
          expect(drain(line).toSorted()).toEqual([...new Set(adds.map(({ id }) => `${id}`))].toSorted());
          expect(line.size).toBe(0);
        },
      ),
    );
  });
});
