/**
 * Sign-in by a provider of OpenID Connect: Google, or any other. A browser is sent there with a state, a nonce and a PKCE
 * challenge, and what it comes back with counts once, in the same browser, within ten minutes. Who may come in is decided by
 * the rules of the configuration (people.ts); logins and users are made by whoever gives `signInUser` and `findOrCreate`.
 */
import { randomBytes } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events';
import type { Config } from '../../config/index.ts';
import { flowCookie, readCookie } from '../credentials.ts';
import type { Denial } from '../denials.ts';
import type { AccessRequest } from '../index.ts';
import type { Role } from '../roles.ts';
import { createFlows, FLOW_LIFETIME_MS } from './flows.ts';
import { judgePerson, maskEmail, verifiedEmail } from './people.ts';
import { createProvider } from './provider.ts';
import type { WayTo } from './provider-fetch.ts';
import { clientKey, LOGIN_PATH, type OAuthSettings, oauthIn, providerName } from './settings.ts';

/** Somebody whom a provider signed in, and what the rules give them. */
export type ExternalPerson = {
  readonly issuer: string;
  readonly subject: string;
  readonly email?: string | undefined;
  readonly emailVerified: boolean;
  readonly roles: readonly Role[];
};

export type OAuthSignIn<SignedIn> = {
  /** What the sign-in page offers, if anything. */
  offer(): { readonly provider: string; readonly name: string; readonly path: string } | undefined;
  /** Sends a browser to the provider. `cookies` are values of Set-Cookie headers. Throws `OAUTH_OFF`, `IDENTITY_PROVIDER_*`. */
  begin(
    request: AccessRequest,
    options: { readonly next: string; readonly chooseAccount: boolean },
  ): Promise<{ readonly url: string; readonly cookie: string }>;
  /** Signs in whoever comes back. Throws `OAUTH_OFF`, `SIGN_IN_NOT_BEGUN`, `IDENTITY_*`. */
  finish(request: AccessRequest, search: string): Promise<{ readonly signedIn: SignedIn; readonly next: string; readonly cookie: string }>;
  /** Clears the cookie of a sign-in that has ended. */
  clearCookie(request: AccessRequest): string;
};

export type OAuthOptions<SignedIn> = {
  readonly config: () => Config;
  /** The name that the gateway's cookies begin with. */
  readonly cookie: string;
  readonly findOrCreate: (person: ExternalPerson) => Promise<{ readonly userId: string }>;
  readonly signInUser: (userId: string, method: 'oauth', request: AccessRequest) => Promise<SignedIn>;
  readonly denied: (denial: Denial) => void;
  readonly logger: { warn(details: object, message: string): void };
  readonly wayTo: WayTo;
  readonly now?: () => number;
};

export function createOAuthSignIn<SignedIn>(options: OAuthOptions<SignedIn>): OAuthSignIn<SignedIn> {
  const { logger } = options;
  const now = options.now ?? Date.now;
  const cookie = `${options.cookie}_oauth`;
  const flows = createFlows();
  const provider = createProvider({ wayTo: options.wayTo, now });

  function settings(): OAuthSettings {
    const found = oauthIn(options.config());
    if (!found) throw new GatewayError('OAUTH_OFF');
    return found;
  }

  /** Runs a step; what refuses somebody is recorded as a denial, what does not work is logged. */
  async function watch<T>(request: AccessRequest, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const { code, message, details } = error;
      if (code === 'OAUTH_OFF') throw error;
      logger.warn({ code, ...details }, `sign-in by the provider failed: ${message}`);
      if (code !== 'IDENTITY_PROVIDER_UNAVAILABLE') {
        options.denied({ door: 'dashboard', method: 'oauth', error, client: request.socket, ...subjectOf(details) });
      }
      throw forBrowser(error);
    }
  }

  async function admit(person: Awaited<ReturnType<typeof provider.redeem>>, rules: OAuthSettings): Promise<{ readonly userId: string }> {
    const { issuer, subject, claims } = person;
    const verdict = judgePerson(claims, rules);
    if (!verdict.allowed) {
      const { reason, key } = verdict;
      const account = typeof claims['email'] === 'string' ? maskEmail(claims['email']) : 'no e-mail address';
      throw new GatewayError('IDENTITY_NOT_ALLOWED', {
        message: `Not let in: ${reason}. It is decided by ${key}.`,
        details: { account, reason, key },
      });
    }
    const { email, roles } = verdict;
    return await options.findOrCreate({ issuer, subject, email, emailVerified: verifiedEmail(claims) !== undefined, roles });
  }

  return {
    offer() {
      const found = oauthIn(options.config());
      return found && { provider: found.provider, name: providerName(found), path: LOGIN_PATH };
    },
    begin: (request, { next, chooseAccount }) =>
      watch(request, async () => {
        const mine = settings();
        const flow = {
          nonce: randomBytes(32).toString('base64url'),
          codeVerifier: randomBytes(32).toString('base64url'),
          client: clientKey(mine),
          next,
        };
        const { state, browserSecret } = flows.begin(flow, request.socket?.remoteAddress ?? '', now());
        const url = await provider.authorizationUrl(mine, flow, state, { chooseAccount });
        return { url: url.href, cookie: flowCookie(cookie, browserSecret, FLOW_LIFETIME_MS, request) };
      }),
    finish: (request, search) =>
      watch(request, async () => {
        const mine = settings();
        const states = new URLSearchParams(search).getAll('state');
        const state = states.length === 1 ? (states[0] ?? '') : '';
        const flow = flows.take(state, readCookie(request, cookie), now());
        if (typeof flow === 'string') throw new GatewayError('SIGN_IN_NOT_BEGUN', { details: { reason: flow } });
        // The configuration was changed meanwhile: an answer of the former provider is nobody's word now.
        if (flow.client !== clientKey(mine)) throw new GatewayError('SIGN_IN_NOT_BEGUN', { details: { reason: 'other_client' } });
        const { userId } = await admit(await provider.redeem(mine, flow, state, search), mine);
        const signedIn = await options.signInUser(userId, 'oauth', request);
        return { signedIn, next: flow.next, cookie: flowCookie(cookie, undefined, 0, request) };
      }),
    clearCookie: (request) => flowCookie(cookie, undefined, 0, request),
  };
}

/** Whom a refusal is about. */
function subjectOf(details: GatewayError['details']): Pick<Denial, 'account' | 'userId'> {
  const { account, userId } = details ?? {};
  return { ...(typeof account === 'string' && { account }), ...(typeof userId === 'string' && { userId }) };
}

/** What a browser may know: that it failed and what kind of failure it was, not whom the rules would let in. */
function forBrowser(error: GatewayError): GatewayError {
  const isOurs = error.code === 'IDENTITY_PROVIDER_UNAVAILABLE' || error.code === 'IDENTITY_PROVIDER_REFUSED';
  return new GatewayError(error.code, { ...(isOurs && { message: error.message }), status: error.status, cause: error });
}
