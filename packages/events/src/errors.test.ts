import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, GatewayError, toGatewayError } from './errors.ts';

const entries = Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][];

describe('the registry of errors', () => {
  it.each(entries)('%s says what happened and what to do', (code, { status, title, remedy }) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(title).toMatch(/^[A-Z].*\.$/);
    expect(remedy).toMatch(/^[A-Z`].*\.$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  });

  it('never says of a mistake in the request that the same request may succeed later', () => {
    const mistakes = [400, 401, 403, 404, 405, 413, 415];
    expect(entries.filter(([, spec]) => spec.retryable && mistakes.includes(spec.status))).toEqual([]);
  });

  it('says of every 503 and 429 that it passes, but for what an operator must mend', () => {
    const lasting = entries.filter(([, spec]) => [429, 503].includes(spec.status) && !spec.retryable).map(([code]) => code);
    expect(lasting).toEqual(['LOG_MOVED', 'LOG_LOCKED', 'VIEW_STOPPED']);
  });
});

describe('GatewayError', () => {
  it('takes its words from the registry and carries no stack or cause out of the process', () => {
    const error = new GatewayError('DISK_LOW', { details: { freeBytes: 1 }, cause: new Error('token=secret') });
    expect(error.toBody()).toEqual({
      code: 'DISK_LOW',
      message: ERRORS.DISK_LOW.title,
      retryable: true,
      remedy: ERRORS.DISK_LOW.remedy,
      details: { freeBytes: 1 },
    });
    expect(JSON.stringify(error.toBody())).not.toContain('secret');
  });

  it('is the same on the other side of a worker', () => {
    const error = new GatewayError('LOG_UNAVAILABLE', { message: 'The disk is gone.', details: { code: 'EIO' } });
    expect(GatewayError.fromBody(structuredClone(error.toBody())).toBody()).toEqual(error.toBody());
  });

  it('turns any throw into one', () => {
    const known = new GatewayError('USAGE');
    expect(toGatewayError(known)).toBe(known);
    expect(toGatewayError('boom')).toMatchObject({ code: 'INTERNAL', cause: 'boom' });
    expect(toGatewayError(undefined).message).toBe(ERRORS.INTERNAL.title);
  });
});
