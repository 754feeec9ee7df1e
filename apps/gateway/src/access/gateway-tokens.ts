/** The gateway token in force, and those before it: who exchanges one that was exchanged before has a copy of it. */
import { type Actor, AuthTokenIssued, AuthTokenReused, AuthTokenRevoked, GatewayError } from '@openclaw-gateway/events';
import { clientIn } from './client-event.ts';
import type { AccessRequest, RecordEvent } from './index.ts';
import { GATEWAY_TOKEN_ID, type Revocations } from './revocations.ts';
import { type GatewayToken, openToken, type TokenOptions } from './token.ts';
import { refuseUnlessRefreshable, type TokenRules } from './token-grants.ts';
import type { TokenRegister } from './token-register.ts';
import { tokenHash } from './token-text.ts';
import { TOKEN_STREAM } from './tokens.ts';

/** A token in place of one that was given back. */
export type ExchangedToken = { readonly token: string; readonly expiresAt?: number; readonly refreshUntil?: number };

/**
 * A token that took another one's place. What the old one holds open is still to be ended, which says how much that was: whoever
 * asked for it by the old one has an answer to get first.
 */
export type Replaced = { readonly token: string; readonly endConnections: () => number };

export type GatewayTokens = Pick<GatewayToken, 'current' | 'matches'> & {
  /** Why a text is not the gateway token: `TOKEN_EXPIRED` for one that can be exchanged still, else `TOKEN_MISMATCH`. */
  whyNot(presented: string): GatewayError;
  /** Replaces the token. Throws `BAD_REQUEST` when it is set elsewhere. */
  rotate(actor: Actor): Promise<Replaced>;
  /** Exchanges the gateway token; `undefined` for a text that never was one. Throws as `Access.refresh` does. */
  refresh(presented: string, socket: AccessRequest['socket']): Promise<ExchangedToken | undefined>;
  /** The configuration is another one now. */
  settingsChanged(): void;
  /** Resolves when what it had to record is recorded and the token in force is saved. */
  close(): Promise<void>;
};

type Options = Pick<TokenOptions, 'path' | 'fixed' | 'logger'> & {
  readonly rules: () => TokenRules;
  readonly record: RecordEvent;
  readonly register: TokenRegister;
  readonly revocations: Revocations;
  readonly pseudonym: (text: string) => Uint8Array;
  readonly onToken?: ((token: string) => void) | undefined;
  /** Ends what else came of the token, when somebody else is found to have it or it was replaced while nobody watched. */
  readonly endAll: (reason: string) => Promise<void>;
};

const KIND = 'gateway_token';
const SYSTEM: Actor = { type: 'system', id: 'gateway' };
const HOLDER: Actor = { type: 'service_account', id: GATEWAY_TOKEN_ID };
const LONGEST_TIMER_MS = 86_400_000;

export async function createGatewayTokens(options: Options): Promise<GatewayTokens> {
  const { rules, record, register, revocations, logger, pseudonym } = options;
  let inForce = '';
  let writing: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  // One change at a time: two exchanges of one token must see each other.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work, work);
    last = done;
    return done;
  };
  const token = await openToken({
    ...options,
    onMade(made, reason, previous) {
      inForce = tokenHash(made);
      const written = succeed(made, reason, SYSTEM, previous).catch((error: unknown) =>
        logger.warn({ err: error }, 'a new token was not recorded'),
      );
      writing = Promise.all([writing, written]);
      if (previous !== undefined) revocations.emit(GATEWAY_TOKEN_ID);
    },
  });
  inForce = tokenHash(token.current());
  awaitExpiry();
  if (token.setBy() === undefined) await catchUp();

  /** `openclaw gateway token --regenerate` beside a stopped gateway ends what the old one opened, too. */
  async function catchUp(): Promise<void> {
    const gone = register.liveGatewaySecrets().filter((hash) => hash !== inForce);
    if (gone.length === 0) return;
    const reason = 'replaced while stopped';
    const events = [
      ...gone.map((hash) => AuthTokenRevoked.create({ kind: KIND, tokenHash: hash, reason })),
      AuthTokenIssued.create({ kind: KIND, tokenHash: inForce, reason }),
    ];
    for (const event of events) {
      await record(TOKEN_STREAM, event, { actor: SYSTEM });
      register.apply({ ...event, time: Date.now() });
    }
    await options.endAll(reason);
  }

  /** What took whose place: known here at once, then in the log. */
  async function succeed(made: string, reason: string, actor: Actor, previous?: string): Promise<void> {
    const events = [
      ...(previous === undefined ? [] : [AuthTokenRevoked.create({ kind: KIND, tokenHash: tokenHash(previous), reason })]),
      AuthTokenIssued.create({ kind: KIND, tokenHash: tokenHash(made), reason }),
    ];
    options.onToken?.(made);
    for (const event of events) register.apply({ ...event, time: Date.now() });
    for (const event of events) await record(TOKEN_STREAM, event, { actor });
  }

  async function replace(reason: string, actor: Actor): Promise<Replaced> {
    const previous = token.current();
    const fresh = await token.rotate();
    const endConnections = () => revocations.emit(GATEWAY_TOKEN_ID);
    inForce = tokenHash(fresh);
    try {
      await succeed(fresh, reason, actor, previous);
    } catch (error) {
      endConnections();
      throw error;
    }
    awaitExpiry();
    return { token: fresh, endConnections };
  }

  function expiresAt(): number | undefined {
    const { lifetimeMs } = rules();
    const madeAt = token.madeAt();
    return lifetimeMs === undefined || madeAt === undefined ? undefined : madeAt + lifetimeMs;
  }

  /** Looking at the token replaces one that has expired, and that ends its connections. */
  function awaitExpiry(): void {
    clearTimeout(timer);
    const at = expiresAt();
    if (at === undefined) return;
    const wait = Math.min(Math.max(0, at - Date.now()) + 1, LONGEST_TIMER_MS);
    timer = setTimeout(() => {
      token.current();
      awaitExpiry();
    }, wait);
    timer.unref();
  }

  async function exchange(presented: string, socket: AccessRequest['socket']): Promise<ExchangedToken | undefined> {
    const hash = tokenHash(presented);
    const isCurrent = token.matches(presented);
    const former = register.gatewaySecret(hash);
    if (!isCurrent && !former) return undefined;
    const setBy = token.setBy();
    if (setBy !== undefined) {
      if (!isCurrent) throw new GatewayError('TOKEN_REVOKED');
      throw new GatewayError('TOKEN_NOT_REFRESHABLE', {
        message: `The gateway token is set by ${setBy}, so the gateway cannot exchange it.`,
        details: { remedy: 'Change it there, or remove it there to let the gateway make its own.' },
      });
    }
    if (!isCurrent && former?.state === 'exchanged') {
      const { subject, client } = clientIn(socket, pseudonym);
      const event = AuthTokenReused.create({ kind: KIND, tokenHash: hash, ...(client && { client }) });
      await record(TOKEN_STREAM, event, { actor: HOLDER, ...(subject && { subject }) });
      // From now on it is one of those that were revoked: whoever tries it again changes nothing more.
      former.state = 'replaced';
      (await replace('reused', SYSTEM)).endConnections();
      await options.endAll('token reused');
      throw new GatewayError('TOKEN_REUSED');
    }
    if (!isCurrent && former?.state !== 'expired') throw new GatewayError('TOKEN_REVOKED');
    const issuedAt = isCurrent ? (token.madeAt() ?? Date.now()) : (former?.issuedAt ?? 0);
    const { lifetimeMs } = rules();
    refuseUnlessRefreshable(rules(), issuedAt, lifetimeMs === undefined ? undefined : issuedAt + lifetimeMs);
    const { token: fresh, endConnections } = await replace('refreshed', HOLDER);
    endConnections();
    // An expired one was replaced before; now its holder has had his exchange.
    if (former) former.state = 'exchanged';
    if (!isCurrent)
      await record(TOKEN_STREAM, AuthTokenRevoked.create({ kind: KIND, tokenHash: hash, reason: 'refreshed' }), { actor: HOLDER });
    const until = expiresAt();
    const { refreshMs } = rules();
    const refreshUntil = refreshMs === undefined ? until : (token.madeAt() ?? Date.now()) + refreshMs;
    return {
      token: fresh,
      ...(until !== undefined && { expiresAt: until }),
      ...(refreshUntil !== undefined && { refreshUntil }),
    };
  }

  return {
    current: token.current,
    matches: token.matches,
    whyNot(presented) {
      const former = rules().refreshable ? register.gatewaySecret(tokenHash(presented)) : undefined;
      return new GatewayError(former?.state === 'expired' ? 'TOKEN_EXPIRED' : 'TOKEN_MISMATCH');
    },
    rotate: (actor) => inTurn(() => replace('rotated', actor)),
    refresh: (presented, socket) => inTurn(() => exchange(presented, socket)),
    settingsChanged() {
      const now = tokenHash(token.current());
      if (now !== inForce) revocations.emit(GATEWAY_TOKEN_ID);
      inForce = now;
      awaitExpiry();
    },
    async close() {
      clearTimeout(timer);
      await Promise.all([writing, token.written()]);
    },
  };
}
