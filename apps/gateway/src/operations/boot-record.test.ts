import { describe, expect, it } from 'vitest';
import { type BootRecord, type BootRules, decideStart, failureSince, NO_RECORD, safeModeError } from './boot-record.ts';

const NOW = 1_000_000_000;
const rules = (more: Partial<BootRules> = {}): BootRules => ({
  now: NOW,
  pid: 7,
  fingerprint: 'same',
  crashes: 3,
  withinMs: 300_000,
  ...more,
});
const crashedAt = (...agoMs: number[]): BootRecord => ({
  fingerprint: 'same',
  attempts: agoMs.map((ago, index) => ({
    at: NOW - ago,
    pid: index,
    ...(index === 1 && { problem: { code: 'INTERNAL', message: 'boom', at: NOW - ago } }),
  })),
});

describe('decideStart', () => {
  it('the first start is as usual and is written down', () => {
    expect(decideStart(NO_RECORD, rules())).toEqual({ record: { fingerprint: 'same', attempts: [{ at: NOW, pid: 7 }] } });
  });

  it('gateway.safeMode.crashes: after so many crashes it is safe mode, with the last error that is known', () => {
    expect(decideStart(crashedAt(200_000, 100_000), rules()).safeMode).toBeUndefined();
    const { safeMode, record } = decideStart(crashedAt(250_000, 200_000, 100_000), rules());
    expect(safeMode).toMatchObject({ asked: false, crashes: 3, problem: { message: 'boom' } });
    expect(decideStart(record, rules({ now: NOW + 86_400_000 })).safeMode).toEqual(safeMode);
    expect(decideStart(crashedAt(3, 2, 1), rules({ crashes: 0 })).safeMode).toBeUndefined();
    expect(decideStart(crashedAt(1), rules({ crashes: 1 })).safeMode).toBeDefined();
  });

  it('gateway.safeMode.within: crashes before that do not count, nor ones from the future', () => {
    expect(decideStart(crashedAt(400_000, 200_000, 100_000), rules()).safeMode).toBeUndefined();
    expect(decideStart(crashedAt(400_000, 200_000, 100_000), rules({ withinMs: 500_000 })).safeMode).toBeDefined();
    expect(decideStart(crashedAt(-10, 200_000, 100_000), rules()).safeMode).toBeUndefined();
  });

  it('another configuration or another program is given a new chance, also out of safe mode', () => {
    expect(decideStart(crashedAt(3, 2, 1), rules({ fingerprint: 'other' })).safeMode).toBeUndefined();
    const { record } = decideStart(crashedAt(3, 2, 1), rules());
    expect(decideStart(record, rules({ fingerprint: 'other' }))).toEqual({
      record: { fingerprint: 'other', attempts: [{ at: NOW, pid: 7 }] },
    });
  });

  it('asked for normal it forgets; asked for safe it is safe for this start alone', () => {
    expect(decideStart(decideStart(crashedAt(3, 2, 1), rules()).record, rules({ asked: 'normal' })).safeMode).toBeUndefined();
    const { safeMode, record } = decideStart(NO_RECORD, rules({ asked: 'safe' }));
    expect(safeMode).toMatchObject({ asked: true });
    expect(decideStart(record, rules()).safeMode).toBeUndefined();
  });

  it('safe mode that somebody asked for outlasts changes of the configuration', () => {
    const safeMode = { since: 1, asked: true, crashes: 0 };
    expect(decideStart({ attempts: [], fingerprint: 'same', safeMode }, rules({ fingerprint: 'other' })).safeMode).toEqual(safeMode);
  });

  it('of a process that could say nothing, it tells what the supervisor saw', () => {
    const silent: BootRecord = { fingerprint: 'same', attempts: [1, 2, 3].map((ago) => ({ at: NOW - ago, pid: ago })) };
    const { safeMode } = decideStart(silent, rules({ lastExit: 'ended by SIGKILL' }));
    expect(safeMode?.problem?.message).toBe('The process ended without a word: ended by SIGKILL.');
    expect(safeMode && safeModeError(safeMode)).toMatchObject({
      code: 'SAFE_MODE',
      status: 503,
      message: expect.stringContaining('after 3 crashes; the last: The process ended without a word: ended by SIGKILL.'),
    });
  });
});

describe('failureSince', () => {
  it('gives the newest failure that is not older', () => {
    const problem = (at: number, message: string) => ({ code: 'PORT_TAKEN', message, at });
    const record: BootRecord = { attempts: [{ at: 1, pid: 1, problem: problem(5, 'old') }], refused: problem(9, 'new') };
    expect(failureSince(record, 6)?.message).toBe('new');
    expect(failureSince(record, 10)).toBeUndefined();
  });
});
