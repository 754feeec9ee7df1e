import { Session, type SessionState, type TranscriptEntry } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { clipped } from './compaction.ts';
import { contextWindowOf, fit, mostTokens, type Room } from './context-window.ts';

const at = { time: 0, position: 0 };
const user = (text: string): TranscriptEntry => ({ role: 'user', text, ...at });
const assistant = (text: string): TranscriptEntry => ({ role: 'assistant', text, toolCalls: [], ...at });
const tool = (result: unknown): TranscriptEntry[] => [
  { role: 'assistant', text: '', toolCalls: [{ callId: 'c', tool: 't', arguments: {} }], ...at },
  { role: 'tool', callId: 'c', tool: 't', result, failed: false, ...at },
];
const room = (transcript: TranscriptEntry[], over: Partial<SessionState> = {}): Room => ({
  state: { ...Session.initial(), transcript, ...over },
  model: 'p/m',
  contextWindow: 1000,
  maxOutputTokens: 100,
  system: '',
  tools: [],
});

describe('A4 the context window', () => {
  it('is what the configuration says, else what is known of the model, else a small one', () => {
    expect(contextWindowOf('claude-sonnet-4-5', 5000)).toBe(5000);
    expect(contextWindowOf('claude-sonnet-4-5', undefined)).toBe(200_000);
    expect(contextWindowOf('gpt-4o-mini', undefined)).toBe(128_000);
    expect(contextWindowOf('my-own:7b', undefined)).toBe(32_768);
  });

  it('takes what the model counted for what it was shown, and a token a byte for the rest', () => {
    const long = user('x'.repeat(5000));
    const measured = { model: 'p/m', tokens: 1300, at: 1 };
    expect(mostTokens(room([long, user('ab')], { measured }))).toBe(1300 + 16 + 2);
    expect(mostTokens(room([long, user('ab')], { measured: { ...measured, tokens: 3 } }))).toBe(627 + 16 + 2);
    expect(mostTokens(room([long], { measured: { ...measured, model: 'p/other' } }))).toBe(5016);
  });

  it('leaves room for the answer, the instructions and the tools', () => {
    const just = room([user('x'.repeat(884))]);
    expect(fit(just).kind).toBe('fits');
    expect(fit({ ...room([user('a'), user('x'.repeat(884))]), system: 'x' }).kind).toBe('compact');
  });

  it('lets one question through that may fit, and says of one that cannot that it is too long', () => {
    expect(fit(room([user('x'.repeat(5000))])).kind).toBe('fits');
    expect(fit(room([user('x'.repeat(9000))]))).toMatchObject({ kind: 'too_long' });
  });

  it('never parts a tool call from its result, nor the question from what was done for it, and makes headway', () => {
    const turn = fc.tuple(fc.nat({ max: 400 }), fc.array(fc.nat({ max: 300 }), { maxLength: 3 }), fc.nat({ max: 400 }));
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 8 }), fc.boolean(), (turns, answered) => {
        const transcript = turns.flatMap(([asked, calls, said]) => [
          user('q'.repeat(asked)),
          ...calls.flatMap((size) => tool('r'.repeat(size))),
          assistant('a'.repeat(said)),
        ]);
        if (!answered) transcript.pop();
        const verdict = fit(room(transcript));
        if (verdict.kind !== 'compact') return;
        expect(verdict.cut).toBeGreaterThan(0);
        expect(transcript[verdict.cut]?.role).toBe('user');
        expect(verdict.cut).toBeLessThanOrEqual(transcript.findLastIndex((entry) => entry.role === 'user'));
        const after = fit(room(transcript.slice(verdict.cut), { compacted: { summary: 's', from: 0 } }));
        if (after.kind === 'compact') expect(after.cut).toBeGreaterThan(0);
      }),
    );
  });
});

test('A4 what is too much for a summary is cut in the middle of its longest parts', () => {
  expect(clipped(['short', 'b'.repeat(100)], 40)).toEqual(['short', `${'b'.repeat(7)} ... ${'b'.repeat(7)}`]);
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 300, unit: 'grapheme' }), { maxLength: 20 }),
      fc.integer({ min: 200, max: 3000 }),
      (lines, max) => {
        expect(Buffer.byteLength(clipped(lines, max).join('\n'))).toBeLessThanOrEqual(max);
      },
    ),
  );
});
