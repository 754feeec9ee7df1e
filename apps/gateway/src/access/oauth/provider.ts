/** What is said to the provider: OpenID Connect by authorization code with PKCE. The library is loaded with the first sign-in. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Configuration } from 'openid-client';
import type { Flow } from './flows.ts';
import { type Claims, valuesOf, verifiedEmail, wantedClaims } from './people.ts';
import { toProviderError } from './provider-errors.ts';
import { providerFetch, type WayTo } from './provider-fetch.ts';
import { clientKey, issuerOf, type OAuthSettings } from './settings.ts';

/** How long what the provider published about itself is believed. */
const FRESH_MS = 60 * 60_000;
const TIMEOUT_S = 10;
/** By how much the clocks may differ. */
const CLOCK_TOLERANCE_S = 60;

type Library = typeof import('openid-client');
type Known = { readonly key: string; readonly at: number; readonly configuration: Promise<Configuration> };

/** Somebody for whom the provider vouches. `issuer` and `subject` together never change and are never given to another. */
export type Person = { readonly issuer: string; readonly subject: string; readonly claims: Claims };

export type Provider = {
  /** Where the browser goes. `chooseAccount` lets somebody take another account than the one the provider remembers. */
  authorizationUrl(settings: OAuthSettings, flow: Flow, state: string, options?: { readonly chooseAccount?: boolean }): Promise<URL>;
  /** Who came back. `search` is the query of the address that the browser was sent back to. Throws `IDENTITY_*`. */
  redeem(settings: OAuthSettings, flow: Flow, state: string, search: string): Promise<Person>;
};

export function createProvider(options: { readonly wayTo: WayTo; readonly now?: () => number }): Provider {
  const now = options.now ?? Date.now;
  let known: Known | undefined;

  /** What the provider says about itself; asked once an hour, and again after a failure. */
  async function discover(library: Library, settings: OAuthSettings): Promise<Configuration> {
    const key = JSON.stringify([clientKey(settings), settings.clientSecret]);
    if (known?.key === key && now() - known.at < FRESH_MS) return await known.configuration;
    const mine: Known = { key, at: now(), configuration: learn(library, settings, options.wayTo) };
    known = mine;
    try {
      return await mine.configuration;
    } catch (error) {
      if (known === mine) known = undefined;
      throw error;
    }
  }

  async function talk<T>(settings: OAuthSettings, work: (library: Library, configuration: Configuration) => Promise<T>): Promise<T> {
    const library = await import('openid-client');
    try {
      return await work(library, await discover(library, settings));
    } catch (thrown) {
      const error = thrown instanceof GatewayError ? thrown : toProviderError(thrown, settings);
      // It may have moved, or have other keys. That a code is none says nothing of it, and anybody can send one.
      if (error.details?.['reason'] !== 'invalid_grant') known = undefined;
      throw error;
    }
  }

  return {
    authorizationUrl: (settings, flow, state, { chooseAccount = false } = {}) =>
      talk(settings, async (library, configuration) =>
        library.buildAuthorizationUrl(configuration, {
          redirect_uri: settings.redirectUri,
          scope: settings.scopes.join(' '),
          state,
          nonce: flow.nonce,
          code_challenge: await library.calculatePKCECodeChallenge(flow.codeVerifier),
          code_challenge_method: 'S256',
          ...(chooseAccount && { prompt: 'select_account' }),
        }),
      ),
    redeem: (settings, flow, state, search) =>
      talk(settings, async (library, configuration) => {
        // Not the address that the request named: that is the browser's word.
        const answer = new URL(settings.redirectUri);
        answer.search = search;
        const tokens = await library.authorizationCodeGrant(configuration, answer, {
          expectedState: state,
          expectedNonce: flow.nonce,
          pkceCodeVerifier: flow.codeVerifier,
          idTokenExpected: true,
        });
        const claims: Claims = tokens.claims() ?? {};
        const { iss, sub } = claims;
        if (typeof iss !== 'string' || typeof sub !== 'string' || sub === '') throw new GatewayError('IDENTITY_NOT_PROVED');
        const more = saysEnough(claims, settings) ? {} : await userInfo(library, configuration, tokens.access_token, sub);
        // What is signed goes before what is not.
        return { issuer: iss, subject: sub, claims: { ...more, ...claims } };
      }),
  };
}

async function learn(library: Library, settings: OAuthSettings, wayTo: WayTo): Promise<Configuration> {
  const issuer = new URL(issuerOf(settings));
  const metadata = { client_secret: settings.clientSecret, [library.clockTolerance]: CLOCK_TOLERANCE_S };
  const configuration = await library.discovery(issuer, settings.clientId, metadata, clientAuthentication(library, settings), {
    [library.customFetch]: providerFetch(wayTo(issuer.href)),
    timeout: TIMEOUT_S,
    execute: [
      // Also where the token came over TLS: its signature is checked.
      library.enableNonRepudiationChecks,
      // The configuration is refused unless this is the own machine.
      ...(issuer.protocol === 'http:' ? [library.allowInsecureRequests] : []),
    ],
  });
  return configuration;
}

/** In the header, which every provider must know; in the body, where a provider says that it knows this alone. */
function clientAuthentication({ ClientSecretBasic, ClientSecretPost }: Library, { clientSecret }: OAuthSettings) {
  const basic = ClientSecretBasic(clientSecret);
  const post = ClientSecretPost(clientSecret);
  return ((server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported;
    const usesPost = methods !== undefined && !methods.includes('client_secret_basic') && methods.includes('client_secret_post');
    (usesPost ? post : basic)(server, client, body, headers);
  }) satisfies ReturnType<typeof ClientSecretBasic>;
}

/** Some providers keep the address and the groups out of the ID token. */
function saysEnough(claims: Claims, settings: OAuthSettings): boolean {
  return verifiedEmail(claims) !== undefined && wantedClaims(settings).every((name) => valuesOf(claims, name).length > 0);
}

async function userInfo(library: Library, configuration: Configuration, accessToken: string, subject: string): Promise<Claims> {
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return {};
  return await library.fetchUserInfo(configuration, accessToken, subject);
}
