import { describe, expect, it } from 'vitest';
import { afterStep, type ProgressStep, type Streaming } from './stream.ts';

const play = (...steps: ProgressStep[]) =>
  steps.reduce<ReadonlyMap<string, Streaming>>((streams, step) => afterStep(streams, 'msg_1', step), new Map()).get('msg_1');

describe('what is streamed', () => {
  it('is the pieces joined', () => {
    expect(play({ type: 'started' }, { type: 'delta', text: 'Hel' }, { type: 'delta', text: 'lo' })).toEqual({
      text: 'Hello',
      joinedLate: false,
    });
  });

  it('does not count after a reset', () => {
    expect(play({ type: 'started' }, { type: 'delta', text: 'no' }, { type: 'reset' }, { type: 'delta', text: 'yes' })?.text).toBe('yes');
  });

  it('says when its beginning is missing', () => {
    expect(play({ type: 'delta', text: 'world' })).toEqual({ text: 'world', joinedLate: true });
  });

  it('names the tool while it runs', () => {
    const tool = { type: 'tool', tool: 'clock.now', callId: 'a', failed: false } as const;
    expect(play({ type: 'started' }, { ...tool, phase: 'start' })?.tool).toBe('clock.now');
    expect(play({ type: 'started' }, { ...tool, phase: 'start' }, { ...tool, phase: 'end' })?.tool).toBeUndefined();
  });

  it('is gone once the message is settled', () => {
    expect(play({ type: 'started' }, { type: 'delta', text: 'x' }, { type: 'settled' })).toBeUndefined();
  });
});
