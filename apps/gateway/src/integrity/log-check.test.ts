import type { VerifyProgress, VerifyResult } from '@openclaw-gateway/db';
import { type Actor, GatewayError, type NewEvent } from '@openclaw-gateway/events';
import { describe, expect, it } from 'vitest';
import { createLogCheck } from './log-check.ts';

const AUDITOR: Actor = { type: 'user', id: 'usr_auditor' };
const GOOD = { ok: true, from: 1, to: 9, limits: [] } as unknown as VerifyResult;
const BROKEN = { ...GOOD, ok: false, break: { position: 4, message: 'The data at position 4 is not what was written.' } } as VerifyResult;

type Hooks = { readonly onProgress?: (progress: VerifyProgress) => void; readonly signal?: AbortSignal };

/** A check whose verification ends when the test says. */
function setUp() {
  const asked: { request: unknown; hooks: Hooks; end: (result: VerifyResult) => void; fail: (error: unknown) => void }[] = [];
  const recorded: { event: NewEvent; actor: unknown }[] = [];
  const check = createLogCheck({
    stateDir: '/state',
    record: async (_, event, { actor }) => void recorded.push({ event, actor }),
    witnessFile: () => '/mnt/usb/notes',
    verify: (request, hooks = {}) => {
      const { promise, resolve, reject } = Promise.withResolvers<VerifyResult>();
      asked.push({ request, hooks, end: resolve, fail: reject });
      hooks.signal?.addEventListener('abort', () => reject(hooks.signal?.reason));
      return promise;
    },
  });
  const until = (state: string) =>
    new Promise<void>((resolve) => {
      if (check.state()?.state === state) return resolve();
      const stop = check.onChange(() => {
        if (check.state()?.state !== state) return;
        stop();
        resolve();
      });
    });
  return { check, asked, recorded, until };
}

describe('a check of the log', () => {
  it('tells how far it is, what it came to, and records that with who asked', async () => {
    const { check, asked, recorded, until } = setUp();
    check.start({ from: 1 }, AUDITOR);
    expect(asked[0]?.request).toEqual({ dir: '/state/state', from: 1, witnessFile: '/mnt/usb/notes' });
    asked[0]?.hooks.onProgress?.({ from: 1, position: 5, to: 9 });
    expect(check.state()).toMatchObject({ state: 'running', startedBy: 'usr_auditor', progress: { position: 5 } });
    asked[0]?.end(BROKEN);
    await until('done');
    expect(check.state()?.result?.break?.position).toBe(4);
    expect(recorded).toEqual([
      {
        actor: AUDITOR,
        event: expect.objectContaining({ type: 'audit.verified', data: expect.objectContaining({ ok: false, firstBadPosition: 4 }) }),
      },
    ]);
  });

  it('runs one at a time, and another once that has ended', async () => {
    const { check, asked, until } = setUp();
    check.start({}, AUDITOR);
    expect(() => check.start({}, AUDITOR)).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    asked[0]?.end(GOOD);
    await until('done');
    check.start({}, AUDITOR);
    expect(asked).toHaveLength(2);
  });

  it('stops when it is cancelled, keeps how far it came and records nothing', async () => {
    const { check, asked, recorded, until } = setUp();
    check.start({}, AUDITOR);
    asked[0]?.hooks.onProgress?.({ from: 1, position: 3, to: 9 });
    check.cancel();
    await until('cancelled');
    expect(check.state()?.progress?.position).toBe(3);
    expect(recorded).toEqual([]);
  });

  it('says why it could not be made', async () => {
    const { check, asked, until } = setUp();
    check.start({}, AUDITOR);
    asked[0]?.fail(new GatewayError('LOG_CORRUPT'));
    await until('failed');
    expect(check.state()?.error?.code).toBe('LOG_CORRUPT');
  });
});
