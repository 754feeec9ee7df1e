/** What must hold between the keys of `gateway.auth.oauth` once it is in force. */
import { GOOGLE, GOOGLE_ISSUER, isCallbackPath } from './identity-provider.ts';
import type { Finding } from './types.ts';

type Get = (path: string) => unknown;

const AT = 'gateway.auth.oauth';
/** HS256 is as strong as its key is long. */
const MIN_SECRET_BYTES = 32;

export function* checkOAuth(get: Get): Generator<Finding> {
  if (get('gateway.auth.type') !== 'oauth' || get(AT) === undefined) return;
  yield* checkSecret(get(`${AT}.jwt.secret`));
  yield* checkIssuer(get(`${AT}.provider`), get(`${AT}.issuer`));
  const redirectUri = get(`${AT}.redirectUri`);
  const redirected = typeof redirectUri === 'string' ? URL.parse(redirectUri) : null;
  if (redirected && (!isCallbackPath(redirected.pathname) || redirected.search !== '' || redirected.hash !== '')) {
    yield {
      path: `${AT}.redirectUri`,
      value: JSON.stringify(redirectUri),
      expected: 'an address whose path is for this alone, such as "https://openclaw.example.com/auth/callback"',
      hint: 'The provider must know it by exactly this text.',
    };
  }
  const scopes = get(`${AT}.scopes`);
  if (Array.isArray(scopes) && !scopes.includes('openid')) {
    yield {
      path: `${AT}.scopes`,
      value: JSON.stringify(scopes).slice(0, 120),
      expected: 'a list with "openid" in it: without it the provider does not say who signed in',
    };
  }
  const roles = get(`${AT}.roles`);
  for (const [index, rule] of Array.isArray(roles) ? roles.entries() : []) yield* checkRule(`${AT}.roles[${index}]`, rule);
}

function* checkSecret(secret: unknown): Generator<Finding> {
  // A variable that is not set is named by another check.
  if (typeof secret !== 'string' || secret === '' || /^\$\{\w+\}$/.test(secret) || Buffer.byteLength(secret) >= MIN_SECRET_BYTES) return;
  yield {
    path: `${AT}.jwt.secret`,
    expected: `${MIN_SECRET_BYTES} bytes or more: a shorter one can be guessed from a single token`,
    hint: '`openssl rand -base64 32` prints one.',
  };
}

function* checkIssuer(provider: unknown, issuer: unknown): Generator<Finding> {
  if (typeof provider !== 'string') return;
  if (issuer === undefined) {
    if (provider === GOOGLE) return;
    yield {
      path: `${AT}.issuer`,
      expected: `the issuer of ${JSON.stringify(provider.slice(0, 64))}, such as "https://id.example.com/realms/main"`,
      hint: 'Only Google\'s is known: provider "google" needs none.',
    };
    return;
  }
  const url = typeof issuer === 'string' ? URL.parse(issuer) : null;
  if (!url) return;
  if (provider === GOOGLE && url.origin !== GOOGLE_ISSUER) {
    yield {
      path: `${AT}.issuer`,
      value: JSON.stringify(issuer),
      expected: `"${GOOGLE_ISSUER}" or nothing, because the provider is "google"`,
      hint: 'Give another provider another name.',
    };
  }
  if ((url.protocol !== 'https:' && !isLoopback(url.hostname)) || url.search !== '' || url.hash !== '' || url.username !== '') {
    yield {
      path: `${AT}.issuer`,
      value: JSON.stringify(`${url.origin}${url.pathname}`),
      expected: 'an address that begins with "https://", without a user, "?" or "#"',
      hint: 'Over plain HTTP anybody on the way could say who signs in; it may be used on this machine only.',
    };
  }
}

/** One rule asks for one thing: whether two were both needed would be anybody's guess. */
function* checkRule(path: string, rule: unknown): Generator<Finding> {
  if (typeof rule !== 'object' || rule === null) return;
  const { emails, domains, claim, value } = rule as Readonly<Record<string, unknown>>;
  const asked = [isFilled(emails), isFilled(domains), claim !== undefined].filter(Boolean).length;
  if (asked !== 1)
    yield { path, expected: 'one of emails, domains and claim: whom the rule is for', hint: 'Write two rules for two kinds of people.' };
  if (claim !== undefined && value === undefined) yield { path: `${path}.value`, expected: 'what the claim must be' };
  if (claim === undefined && value !== undefined)
    yield { path: `${path}.claim`, expected: 'the name of the claim that must be this value' };
}

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
