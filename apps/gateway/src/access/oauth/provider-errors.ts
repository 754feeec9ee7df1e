/** What goes wrong between the gateway and a provider, as one of the registry's errors. Recognised by shape: the library is not loaded for it. */
import { GatewayError } from '@openclaw-gateway/events';
import { issuerOf, type OAuthSettings, providerName } from './settings.ts';

type Thrown = {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly error?: string;
  readonly status?: number;
  readonly cause?: unknown;
};

/** What the library throws where the provider sent something other than an answer. */
const NO_ANSWER = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
]);
/** What providers answer where they do not know the client, its secret or its redirect URI. */
const WRONG_CLIENT = new Set(['invalid_client', 'unauthorized_client', 'redirect_uri_mismatch', 'invalid_redirect_uri', 'invalid_scope']);

/** `IDENTITY_PROVIDER_UNAVAILABLE`, `IDENTITY_PROVIDER_REFUSED` or `IDENTITY_NOT_PROVED`; `details.reason` says more, in words that hold no secret. */
export function toProviderError(thrown: unknown, settings: OAuthSettings): GatewayError {
  const { code = '', error, status, cause } = (thrown ?? {}) as Thrown;
  const details = { provider: settings.provider, issuer: issuerOf(settings) };
  if (typeof error === 'string') return refused(error, settings, details, cause);
  if (status === 401) return refused('invalid_client', settings, details, cause);
  // What is thrown by the fetch itself comes without a code of the library's, or inside an error that has none.
  const isNetwork = code === '' || !code.startsWith('OAUTH_');
  if (isNetwork || NO_ANSWER.has(code)) {
    return new GatewayError('IDENTITY_PROVIDER_UNAVAILABLE', {
      message: `${providerName(settings)} cannot be reached, or does not answer as a provider of OpenID Connect does.`,
      details: { ...details, reason: deepestMessage(thrown) },
      cause: thrown,
    });
  }
  return new GatewayError('IDENTITY_NOT_PROVED', {
    details: { ...details, reason: `${messageOf(thrown)} (${code || 'no code'})` },
    cause: thrown,
  });
}

function refused(error: string, settings: OAuthSettings, details: Readonly<Record<string, unknown>>, cause: unknown): GatewayError {
  const name = providerName(settings);
  // Somebody else's text is kept to a name.
  const reason = /^[a-z_]{1,64}$/.test(error) ? error : 'unnamed error';
  if (reason === 'access_denied') {
    const message = `The sign-in at ${name} was cancelled, or ${name} does not allow it.`;
    return new GatewayError('IDENTITY_PROVIDER_REFUSED', { message, details: { ...details, reason }, cause, status: 403 });
  }
  if (reason === 'invalid_grant') return new GatewayError('IDENTITY_NOT_PROVED', { details: { ...details, reason }, cause });
  if (reason === 'server_error' || reason === 'temporarily_unavailable') {
    return new GatewayError('IDENTITY_PROVIDER_UNAVAILABLE', { details: { ...details, reason }, cause });
  }
  const isClient = WRONG_CLIENT.has(reason);
  const message = isClient
    ? `${name} does not take the client of this gateway (${reason}): gateway.auth.oauth.clientId, clientSecret, redirectUri or scopes is not what it knows.`
    : `${name} refused the sign-in (${reason}).`;
  return new GatewayError('IDENTITY_PROVIDER_REFUSED', { message, details: { ...details, reason }, cause });
}

function deepestMessage(thrown: unknown): string {
  let at = thrown;
  for (let depth = 0; depth < 4 && at instanceof Error && at.cause instanceof Error; depth++) at = at.cause;
  return messageOf(at);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.slice(0, 200) : 'unknown';
}
