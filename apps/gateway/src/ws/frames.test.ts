import { GATEWAY_CLIENT_IDS, GATEWAY_CLIENT_MODES } from '@openclaw/gateway-protocol/client-info';
import { ERRORS, type ErrorCode, GatewayError } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLIENT_IDS, CLIENT_MODES, connectParams } from './connect-params.ts';
import { toErrorShape } from './errors.ts';
import { errorText, eventText, explainIssues, numbered, parseFrame, responseText } from './frames.ts';
import { grantScopes, holdsScope, OPERATOR_SCOPES } from './scopes.ts';
import { conformEvent, conformResponse } from './testing/protocol.ts';

test('C4 no text makes the reader of frames throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const parsed = parseFrame(text);
      if (parsed.kind === 'invalid') expect(parsed.problem.length).toBeGreaterThan(0);
    }),
  );
});

test.each([
  [{ type: 'req', id: 7, method: 'health' }, 'at /id: expected string, got 7'],
  [{ type: 'req', id: 'x' }, 'at /method: expected string, got nothing'],
  [{ type: 'ask', id: 'x', method: 'health' }, 'got "ask"'],
  [{ type: 'req', id: 'x', method: 'health', more: 1 }, 'Unrecognized key: "more"'],
])('C4 the frame %j is refused with what was expected and what came', (frame, problem) => {
  expect(parseFrame(JSON.stringify(frame))).toMatchObject({ kind: 'invalid', problem: expect.stringContaining(problem) });
});

test.each([{ token: 4711 }, '4711', { agentRuntimeIdentityToken: 4711 }])(
  'C4 connect params with the auth %j are refused without showing it',
  (auth) => {
    const params = { minProtocol: 'four', maxProtocol: 4, auth };
    const { error } = connectParams.safeParse(params);
    const problem = error ? explainIssues(error, params) : '';
    expect(problem).toContain('at /minProtocol: expected number, got "four"');
    expect(problem).toContain('at /auth');
    expect(problem).not.toContain('4711');
  },
);

test('C4 every error of the registry is an error of the protocol', () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const error = toErrorShape(new GatewayError(code, { details: { retryAfterMs: 5, limit: 1 } }));
    conformResponse(undefined, JSON.parse(errorText('1', error)));
    expect(error.details).toMatchObject({ code, limit: 1 });
    expect(error.retryAfterMs).toBe(ERRORS[code].retryable ? 5 : undefined);
  }
});

test('C4 an event is serialised once and numbered for each connection', () => {
  const event = eventText('tick', { ts: 5 });
  for (const seq of [0, 1]) {
    const frame = JSON.parse(numbered(event, seq));
    conformEvent(frame);
    expect(frame).toEqual({ type: 'event', event: 'tick', payload: { ts: 5 }, seq });
  }
  conformResponse(undefined, JSON.parse(responseText('1', {})));
});

test('C4 the clients that may connect are those that the protocol names', () => {
  expect([...CLIENT_IDS].sort()).toEqual(Object.values(GATEWAY_CLIENT_IDS).sort());
  expect([...CLIENT_MODES].sort()).toEqual(Object.values(GATEWAY_CLIENT_MODES).sort());
});

test('C4 scopes: admin holds all, write holds read, the rest only themselves', () => {
  for (const scope of OPERATOR_SCOPES) {
    expect(holdsScope(['operator.admin'], scope)).toBe(true);
    expect(holdsScope(['operator.write'], scope)).toBe(scope === 'operator.write' || scope === 'operator.read');
    expect(holdsScope(['operator.pairing'], scope)).toBe(scope === 'operator.pairing');
    expect(holdsScope([], scope)).toBe(false);
  }
  expect(grantScopes(['operator.read', 'root', 'operator.read'])).toEqual(['operator.read']);
  expect(grantScopes([])).toEqual([]);
  expect(grantScopes(undefined)).toEqual(OPERATOR_SCOPES);
});
