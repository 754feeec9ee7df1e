/** Who may connect, as a test says. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Access, Caller } from '../../access/index.ts';

export const TOKEN = 'a-token-that-is-long-enough-0123456789';
export const COOKIE = 'openclaw_session=signed-in';

export function fakeAccess() {
  const state = { token: TOKEN, /** Who comes in with another token. */ callers: new Map<string, Caller>(), denials: [] as GatewayError[] };
  const access = {
    onRevoked: () => () => undefined,
    tokens: { ofDevice: () => undefined, issueToDevice: async () => ({ token: 'a-device-token', issuedAt: 1 }) },
    devices: { collect: async () => undefined, request: () => ({ requestId: 'pair_test' }) },
    checkToken: (presented: string) => presented === state.token,
    identify: async ({ headers }: { headers: Record<string, string | undefined> }): Promise<Caller | GatewayError> => {
      const token = headers['x-openclaw-token'];
      const known = state.callers.get(token ?? '');
      if (known) return known;
      if (token !== undefined)
        return token === state.token
          ? { method: 'token', actor: { type: 'service_account', id: 'gateway-token' }, roles: ['admin'] }
          : new GatewayError('TOKEN_MISMATCH');
      if (headers['cookie'] === COOKIE) return { method: 'session', actor: { type: 'user', id: 'usr_test' }, roles: ['admin'] };
      return new GatewayError('UNAUTHENTICATED');
    },
    recordRefusal: ({ error }: { error: GatewayError }) => state.denials.push(error),
    recordDenial: ({ error }: { error: GatewayError }) => state.denials.push(error),
  } as unknown as Access;
  return Object.assign(state, { access });
}
