/** Sign-in by a provider, and access tokens, joined to the users and logins of the gateway. */
import { type Actor, AuthAccessTokenIssued, GatewayError } from '@openclaw-gateway/events';
import type { Config } from '../../config/index.ts';
import { type AccessToken, createAccessTokens, refused } from '../access-tokens.ts';
import type { Denial } from '../denials.ts';
import type { AccessRequest, Caller, RecordEvent, SignedIn } from '../index.ts';
import type { People } from '../people/index.ts';
import { shown } from '../people/sessions.ts';
import { createOAuthSignIn, type ExternalPerson, type OAuthSignIn } from './index.ts';
import type { WayTo } from './provider-fetch.ts';
import { oauthIn } from './settings.ts';

export type ProviderAccess = {
  readonly oauth: OAuthSignIn<SignedIn>;
  /** An access token for the user behind the login of a request. Throws `OAUTH_OFF`, `FORBIDDEN` for a caller without a login of its own. */
  issueAccessToken(request: AccessRequest): Promise<AccessToken>;
  /** The caller behind an access token, whose login must still go on. */
  callerOfToken(token: string): Promise<Caller | GatewayError>;
};

export type ProviderAccessOptions = {
  readonly people: People;
  readonly config: () => Config;
  readonly cookie: string;
  readonly gatewayId: string;
  readonly record: RecordEvent;
  readonly denied: (denial: Denial) => void;
  readonly logger: { warn(details: object, message: string): void };
  readonly wayTo: WayTo;
};

const SYSTEM: Actor = { type: 'system', id: 'gateway' };

export function createProviderAccess(options: ProviderAccessOptions): ProviderAccess {
  const { people, record, config, gatewayId } = options;
  const { users, accounts, sessions } = people;
  const tokens = createAccessTokens({ gatewayId, settings: () => oauthIn(config())?.jwt });

  /** The rules decide at each sign-in, so that somebody who left a group loses its role. */
  async function findOrCreate(person: ExternalPerson): Promise<{ readonly userId: string }> {
    const user = await users.findOrCreateExternal(person);
    if (user.disabled) {
      const message = 'Not let in: the user is disabled. `openclaw users enable` lets this person in again.';
      throw new GatewayError('IDENTITY_NOT_ALLOWED', { message, details: { reason: 'disabled', userId: user.userId } });
    }
    const isSame = person.roles.length === user.roles.length && person.roles.every((role) => user.roles.includes(role));
    // A change ends what is open elsewhere.
    return isSame ? user : await accounts.setRoles(user, person.roles, SYSTEM);
  }

  return {
    oauth: createOAuthSignIn<SignedIn>({
      config,
      cookie: options.cookie,
      findOrCreate,
      signInUser: sessions.signIn,
      denied: options.denied,
      logger: options.logger,
      wayTo: options.wayTo,
    }),
    async issueAccessToken(request) {
      const current = await sessions.current(request);
      if (!current) {
        throw new GatewayError('FORBIDDEN', { message: 'An access token is made from a login: send the cookie that signing in has set.' });
      }
      const { userId } = current.user;
      const issued = await tokens.issue({ userId, loginId: current.login.id });
      const { tokenId, expiresAt } = issued;
      const event = AuthAccessTokenIssued.create({ userId, tokenId, loginSessionHash: shown(current.login.id), expiresAt });
      await record('auth', event, { actor: { type: 'user', id: userId } });
      return issued;
    },
    async callerOfToken(token) {
      const read = await tokens.read(token);
      if (read instanceof GatewayError) return read;
      const current = await sessions.byId(read.loginId);
      if (!current || current.user.userId !== read.userId) return refused('ended');
      // No `provedAt`: a program that was given a token does not sit at the browser, so this is never a fresh proof.
      return {
        method: 'session',
        actor: { type: 'user', id: read.userId },
        roles: users.rolesOf(read.userId) ?? [],
        loginSessionHash: shown(read.loginId),
      };
    },
  };
}
