/** The provider that the configuration names. */

import { GOOGLE_ISSUER } from '../../config/identity-provider.ts';
import type { Config } from '../../config/index.ts';

export { GOOGLE_ISSUER, isCallbackPath } from '../../config/identity-provider.ts';

export type OAuthSettings = NonNullable<Config['gateway']['auth']['oauth']>;

export const LOGIN_PATH = '/auth/login';
export const TOKEN_PATH = '/auth/token';

/** The settings, where `gateway.auth.type` says that they are in force. */
export function oauthIn({ gateway }: Config): OAuthSettings | undefined {
  return gateway.auth.type === 'oauth' ? gateway.auth.oauth : undefined;
}

/** Who signs people in; the configuration is refused without an issuer unless it is Google's. */
export function issuerOf({ issuer }: Pick<OAuthSettings, 'issuer'>): string {
  return issuer ?? GOOGLE_ISSUER;
}

/** A name for people: `keycloak` becomes "Keycloak". */
export function providerName({ provider }: Pick<OAuthSettings, 'provider'>): string {
  return provider.charAt(0).toUpperCase() + provider.slice(1);
}

/** What a sign-in was begun with. Of another client or issuer no answer is taken. */
export function clientKey(settings: OAuthSettings): string {
  return JSON.stringify([issuerOf(settings), settings.clientId, settings.redirectUri]);
}
