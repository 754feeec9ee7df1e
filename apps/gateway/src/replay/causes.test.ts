import { EVENTS, type StoredEvent } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { causesOf } from './causes.ts';

const made = (type: string, data: object = {}) => ({ type, data }) as unknown as StoredEvent;
const types = (events: readonly StoredEvent[], index: number) => causesOf(events, index).map((place) => events[place]?.type);

test('B16 of two tool calls at once each has its own cause', () => {
  const events = [
    made('message.received'),
    made('run.started'),
    made('model.requested'),
    made('model.responded'),
    made('tool.requested', { callId: 'a' }),
    made('tool.requested', { callId: 'b' }),
    made('tool.started', { callId: 'a' }),
    made('tool.started', { callId: 'b' }),
    made('tool.completed', { callId: 'a' }),
  ];
  expect(causesOf(events, 8)).toEqual([0, 1, 2, 3, 4, 6]);
  expect(causesOf(events, 7)).toEqual([0, 1, 2, 3, 5]);
});

test('B16 what a tool sends comes of the tool, and the reply of the run', () => {
  const events = [
    made('message.received'),
    made('tool.started', { callId: 'a' }),
    made('delivery.requested', { callId: 'a' }),
    made('run.completed'),
    made('delivery.requested', { deliveryId: 'd' }),
    made('delivery.attempted', { deliveryId: 'd' }),
  ];
  expect(types(events, 2).at(-1)).toBe('tool.started');
  expect(types(events, 5).slice(-2)).toEqual(['run.completed', 'delivery.requested']);
});

test('B16 every chain begins with the first event and goes forward, whatever the events are', () => {
  const event = fc.record({ type: fc.constantFrom(...EVENTS.map(({ type }) => type)), callId: fc.constantFrom('a', 'b') });
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 30 }), (list) => {
      const events = list.map(({ type, callId }) => made(type, { callId }));
      const chain = causesOf(events, events.length - 1);
      expect(chain).toEqual(chain.toSorted((a, b) => a - b));
      expect(new Set(chain).size).toBe(chain.length);
      expect(chain[0] ?? 0).toBe(0);
    }),
  );
});
