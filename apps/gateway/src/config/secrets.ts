/** Which keys hold secrets, and how a configuration is shown without them. */

const SECRET_KEYS = new Set([
  'token',
  'apikey',
  'secret',
  'password',
  'bottoken',
  'apptoken',
  'accesstoken',
  'clientsecret',
  'signingsecret',
  'webhooksecret',
  'appsecret',
  'verifytoken',
  'replysecret',
  'privatekey',
  'authorization',
  'cookie',
]);

/** Stands in for a secret wherever a configuration is shown. */
export const MASK = '***';

/** Whether the value at this path is a secret: its key says so, or it is a request header of a model provider. */
export function isSecretPath(path: readonly string[]): boolean {
  const key = path.at(-1);
  if (key === undefined) return false;
  if (path.at(-2) === 'headers') return true;
  // `gateway.auth.token` may be an object of rules; what is in it is no secret.
  return SECRET_KEYS.has(key.toLowerCase().replaceAll(/[^a-z]/g, ''));
}

/** What is no secret of an object that stands in a secret's place. */
export const SHOWN_OF_A_SECRET: ReadonlySet<string> = new Set(['file', 'length', 'expiry', 'refreshable', 'refreshExpiry']);
const REFERENCE = /^\$\{\w+\}$/;
/** `https://user:password@host`; one that comes from the environment stays. */
const PASSWORD_IN_ADDRESS = /^([a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:)(?!\$\{)([^/\s@]+)@/i;

/** A copy in which every secret is `***`. The name of an environment variable is none, nor is an empty text. */
export function maskSecrets(value: unknown, at: readonly string[] = []): unknown {
  if (typeof value === 'string') {
    return value !== '' && isSecretPath(at) && !REFERENCE.test(value) ? MASK : value.replace(PASSWORD_IN_ADDRESS, `$1${MASK}@`);
  }
  if (typeof value === 'number') return isSecretPath(at) ? MASK : value;
  if (Array.isArray(value)) return value.map((item) => maskSecrets(item, at));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, isHidden(at, key) && inner !== '' ? MASK : maskSecrets(inner, [...at, key])]),
  );
}

/** In place of a secret there may be the reference to a file, or the rules of the gateway token. Anything else may be one. */
function isHidden(parent: readonly string[], key: string): boolean {
  return isTokenText(parent, key) || (isSecretPath(parent) && !SHOWN_OF_A_SECRET.has(key));
}

/** Every secret that a configuration holds, for those who must keep them out of what they write. */
export function secrets(config: unknown): string[] {
  const found = new Set<string>();
  collect(config, [], found);
  return [...found];
}

function collect(value: unknown, at: readonly string[], found: Set<string>): void {
  if (typeof value === 'string') {
    if (value !== '' && (isSecretPath(at) || isTokenText(at.slice(0, -1), at.at(-1)))) found.add(value);
    const password = PASSWORD_IN_ADDRESS.exec(value)?.[2];
    if (password !== undefined) found.add(password).add(decoded(password));
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) collect(inner, Array.isArray(value) ? at : [...at, key], found);
}

/** In a resolved configuration the gateway token's text is at `gateway.auth.token.value`. */
function isTokenText(parent: readonly string[], key: string | undefined): boolean {
  return key === 'value' && parent.at(-1) === 'token' && parent.at(-2) === 'auth';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
