import { APICallError } from '@ai-sdk/provider';
import { expect, test } from 'vitest';
import { modelFailure } from './failure.ts';
import { readRateLimit, readRetryAfter } from './rate-limit.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const context = { provider: 'p', secrets: ['very-secret-key'], now: () => NOW };
const apiError = (statusCode: number, responseBody = '', message = 'no') =>
  new APICallError({ message, url: 'http://x', requestBodyValues: { prompt: 'private words' }, statusCode, responseBody });

test.each([
  [401, 'MODEL_UNAUTHORIZED'],
  [403, 'MODEL_UNAUTHORIZED'],
  [400, 'MODEL_REFUSED'],
  [404, 'MODEL_REFUSED'],
  [302, 'MODEL_REFUSED'],
  [408, 'MODEL_TIMEOUT'],
  [429, 'MODEL_RATE_LIMITED'],
  [500, 'MODEL_UNAVAILABLE'],
  [504, 'MODEL_TIMEOUT'],
  [529, 'MODEL_UNAVAILABLE'],
] as const)('A9 status %i is %s', (status, code) => {
  expect(modelFailure(apiError(status), context)).toMatchObject({ code, details: { provider: 'p', status } });
});

test('A9 an empty account is not worth another try although it answers 429', () => {
  expect(modelFailure(apiError(429, '{"error":{"code":"insufficient_quota"}}'), context)).toMatchObject({
    code: 'MODEL_REFUSED',
    retryable: false,
  });
});

test.each([
  [{ type: 'overloaded_error', message: 'Overloaded' }, 'MODEL_UNAVAILABLE'],
  [{ code: 'rate_limit_exceeded', message: 'slow down' }, 'MODEL_RATE_LIMITED'],
  [{ type: 'invalid_request_error', message: 'no' }, 'MODEL_REFUSED'],
  [{ statusCode: 401, message: 'no' }, 'MODEL_UNAUTHORIZED'],
  ['something else', 'MODEL_BAD_RESPONSE'],
] as const)('A9 a failure inside the stream, %j, is %s', (reported, code) => {
  expect(modelFailure(reported, context).code).toBe(code);
});

test("A9 the provider's words are kept short and without secrets, and the prompt stays behind", () => {
  const failure = modelFailure(apiError(400, '', `bad key very-secret-key or sk-abcdef123456 ${'x'.repeat(2000)}`), context);
  const words = String(failure.details?.['providerMessage']);
  expect(words).toContain('bad key [secret] or [secret]');
  expect(words.length).toBeLessThanOrEqual(500);
  expect(JSON.stringify([failure.toBody(), failure.cause])).not.toContain('private words');
});

test.each([
  [{ 'retry-after': '3' }, 3000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:10 GMT' }, 10_000],
  [{ 'retry-after': 'Thu, 01 Jan 2015 00:00:10 GMT' }, 0],
  [{ 'retry-after': '999999999' }, 3_600_000],
  [{ 'retry-after': 'soon' }, undefined],
  [{}, undefined],
] as const)('A9 %j asks to wait %s ms', (headers, waitMs) => {
  expect(readRetryAfter(headers as Record<string, string>, NOW)).toBe(waitMs);
});

test.each([
  [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m30s' }, 90_000],
  [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '120ms' }, 120],
  [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2' }, 2000],
  [{ 'x-ratelimit-remaining-requests': '7', 'x-ratelimit-reset-requests': '1s' }, undefined],
  [{ 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:07Z' }, 7000],
  [{ 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': 'later' }, undefined],
] as const)('A9 %j leaves the provider alone for %s ms', (headers, waitMs) => {
  expect(readRateLimit(headers as Record<string, string>, NOW)).toBe(waitMs);
});
