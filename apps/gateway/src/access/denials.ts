import { AuthDenied, type GatewayError, idFromBytes } from '@openclaw-gateway/events';
import { clientIn } from './client-event.ts';
import { foldRepeats, OTHERS } from './folding.ts';
import type { AccessRequest, RecordEvent } from './index.ts';

/** Somebody who was refused at a door. */
export type Denial = {
  readonly door: 'http' | 'websocket' | 'hook' | 'dashboard';
  readonly method: 'token' | 'link' | 'session' | 'hmac' | 'password' | 'totp' | 'oauth';
  readonly error: GatewayError;
  /** Where it came from, as access sees a request. */
  readonly client: AccessRequest['socket'];
  /** Whose account it was about, where that is known. */
  readonly userId?: string | undefined;
  /** Whom a provider named, masked. */
  readonly account?: string | undefined;
};

export type Denials = {
  add(denial: Denial): void;
  /** Records what is still folded. */
  close(): Promise<void>;
};

/** Records denials, those of one address folded. */
export function createDenials(options: {
  readonly record: RecordEvent;
  readonly pseudonym: (text: string) => Uint8Array;
  readonly logger: { warn(details: object, message: string): void };
  readonly onDenial?: (denial: Denial) => void;
}): Denials {
  const folding = foldRepeats<Denial>(async (key, denial, times) => {
    const { door, method, error, userId, account } = denial;
    const problem = { code: error.code, message: error.message };
    const { subject, client } = key === OTHERS ? {} : clientIn(denial.client, options.pseudonym);
    const known = { ...(userId && { userId }), ...(account && { account }), ...(client && { client }) };
    const event = AuthDenied.create({ method, rule: `${door}.${method}`, problem, door, times, ...known });
    const from = key === OTHERS ? OTHERS : addressOf(denial);
    const actor = { type: 'unauthenticated', id: idFromBytes('sender', options.pseudonym(`address:${from}`).subarray(0, 16)) } as const;
    await options
      .record('auth', event, { actor, ...(subject && { subject }) })
      .catch((error: unknown) => options.logger.warn({ err: error, code: denial.error.code }, 'a denial was not recorded'));
  });
  return {
    add(denial) {
      options.onDenial?.(denial);
      folding.add(`${addressOf(denial)} ${denial.userId ?? denial.account ?? ''}`, denial);
    },
    close: folding.close,
  };
}

function addressOf({ client }: Denial): string {
  return client?.remoteAddress ?? 'unknown';
}
