import type { TranscriptEntry } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeCalls, REPEATED } from './loop-guard.ts';

type Made = { readonly tool: string; readonly args?: unknown; readonly result?: unknown; readonly failed?: boolean };

const call = ({ tool, args = {} }: Made) => ({ callId: 'c', tool, arguments: args });
const at = { time: 0, position: 0 };

/** A conversation in which each of these calls was made, one a step. */
const said = (...made: readonly Made[]): TranscriptEntry[] => [
  { role: 'user', text: 'go', messageId: 'm', ...at },
  ...made.flatMap((one): TranscriptEntry[] => [
    { role: 'assistant', text: '', toolCalls: [call(one)], ...at },
    { role: 'tool', callId: 'c', tool: one.tool, result: one.result ?? 'same', failed: one.failed ?? false, ...at },
  ]),
];

const times = <T>(count: number, ...items: T[]): T[] => Array.from({ length: count }, () => items).flat();
const refused: Made = { tool: 'a', result: { code: REPEATED, message: 'no' }, failed: true };

describe('A5 the loop guard', () => {
  it('refuses a call that gave the same result as often as is allowed, in whatever order its arguments stand', () => {
    const made = times(3, { tool: 'a', args: { x: 1, y: { z: 2, w: 3 } } });
    const again = [call({ tool: 'a', args: { y: { w: 3, z: 2 }, x: 1 } })];
    expect(judgeCalls(said(...made), again, 4)).toEqual({ kind: 'go' });
    expect(judgeCalls(said(...made), again, 3)).toEqual({ kind: 'refuse', tools: ['a'], repeats: 3 });
  });

  it('lets a call go on whose results differ, and one with other arguments', () => {
    const polls = [1, 2, 3, 4].map((result) => ({ tool: 'a', result }));
    expect(judgeCalls(said(...polls), [call({ tool: 'a' })], 3).kind).toBe('go');
    expect(judgeCalls(said(...times(5, { tool: 'a' })), [call({ tool: 'a', args: { n: 1 } })], 3).kind).toBe('go');
  });

  it('lets a call be made again after something else was done', () => {
    const edits = [1, 2, 3, 4, 5].flatMap((n) => [{ tool: 'edit', args: { n } }, { tool: 'test' }]);
    expect(judgeCalls(said(...edits, { tool: 'edit', args: { n: 6 } }), [call({ tool: 'test' })], 3).kind).toBe('go');
  });

  it('sees two and three calls that are made in turns', () => {
    const [a, b, c] = [{ tool: 'a' }, { tool: 'b' }, { tool: 'c' }];
    expect(judgeCalls(said(...times(3, a, b)), [call(a)], 3)).toMatchObject({ kind: 'refuse', repeats: 3 });
    expect(judgeCalls(said(...times(2, a, b)), [call(a)], 3).kind).toBe('go');
    expect(judgeCalls(said(...times(3, a, b)), [call(c)], 3).kind).toBe('go');
    expect(judgeCalls(said(...times(3, a, b, c)), [call(a)], 3)).toMatchObject({ kind: 'refuse', repeats: 3 });
  });

  it('stops when the calls that were refused are made again, and goes on when others are', () => {
    const before = said(...times(3, { tool: 'a' }), refused);
    expect(judgeCalls(before, [call({ tool: 'a' })], 3)).toMatchObject({ kind: 'stop', tools: ['a'] });
    expect(judgeCalls(before, [call({ tool: 'b' })], 3).kind).toBe('go');
  });

  it('lets nobody go round a circle of at most three steps for ever, and never stops who makes headway', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 3 }), fc.integer({ min: 2, max: 6 }), (circle, maxRepeats) => {
        const round = circle.map((n) => ({ tool: `t${n}` }));
        const rounds = said(...times(maxRepeats, ...round));
        expect(judgeCalls(rounds, [call(round[0] as Made)], maxRepeats).kind).toBe('refuse');
        const headway = times(maxRepeats, ...round).map((made, index) => ({ ...made, result: index }));
        expect(judgeCalls(said(...headway), [call(round[0] as Made)], maxRepeats).kind).toBe('go');
      }),
    );
  });
});
