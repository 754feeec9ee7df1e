/**
 * The kinds of value that occur in the configuration. Each says in its error what it expects, as the end of the
 * sentence "expected …". Durations come out in milliseconds, sizes in bytes.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { parseDuration, parseSize } from '../units.ts';

/** A duration in milliseconds. */
export type Milliseconds = number;
/** A size in bytes. */
export type Bytes = number;

const DURATION = 'a duration such as "30s", "5m" or "7d"';
const SIZE = 'a size such as "64kb", "100m" or "1g"';
/** What editors hold a value against: as near to the check as a pattern can be. */
const DURATION_PATTERN = '^\\s*(\\d+(\\.\\d+)?([mM][sS]|[sSmMhHdDwW])\\s*)+$';
const SIZE_PATTERN = '^\\s*\\d+(\\.\\d+)?\\s*([kKmMgGtT]([iI]?[bB])?|[bB])\\s*$';
const CIDR_PATTERN = '^[0-9a-fA-F:.]+(/\\d{1,3})?$';
const HOST_PATTERN = '^([0-9a-fA-F:.]+|[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)$';

/** A group of keys; any other key is refused. */
export function block<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? 'no such key' : 'an object: { … }') });
}

/** A table with names that the user chooses. */
export function table<S extends z.ZodType>(entry: S, what: string) {
  const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: `${what} of letters, digits, "-", "_" and ".", at most 64, beginning with a letter or a digit`,
  });
  return z.record(name, entry, { error: 'an object: { … }' });
}

export function list<S extends z.ZodType>(item: S, what: string) {
  return z.array(item, { error: `a list of ${what}` });
}

export function flag() {
  return z.boolean({ error: 'true or false' });
}

export function text(expected = 'some text', maxLength = 4096) {
  return z
    .string({ error: expected })
    .min(1, { error: expected })
    .max(maxLength, { error: `${expected}, at most ${maxLength} characters` });
}

/**
 * Text that must never be shown. It is masked wherever a configuration leaves the process. A reference to a file is
 * replaced by what is in the file before the schema sees it.
 */
export function secret(expected = `a secret as text, "\${NAME}" to take it from the environment, or { file: "/path" }`) {
  return text(expected).meta({ secret: true });
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: oneOf(values) });
}

export function whole(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

export function fraction(min: number, max: number) {
  const error = `a number from ${min} to ${max}`;
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** A duration, not shorter than `minMs`; a bare number counts milliseconds. */
export function duration({ minMs = 0 }: { readonly minMs?: number } = {}) {
  const expected = minMs === 0 ? DURATION : `a duration of ${minMs < 1000 ? `${minMs}ms` : `${minMs / 1000}s`} or more`;
  return z
    .union([z.string(), z.number()], { error: expected })
    .transform((input, context): Milliseconds => {
      const parsed = parseDuration(input);
      if (parsed !== undefined && parsed >= minMs) return parsed;
      context.issues.push({ code: 'custom', message: expected, input });
      return z.NEVER;
    })
    .meta({ expected, pattern: DURATION_PATTERN, minimum: minMs });
}

/** A size; a bare number counts bytes. */
export function size() {
  return z
    .union([z.string(), z.number()], { error: SIZE })
    .transform((input, context): Bytes => {
      const parsed = parseSize(input);
      if (parsed !== undefined) return parsed;
      context.issues.push({ code: 'custom', message: SIZE, input });
      return z.NEVER;
    })
    .meta({ expected: SIZE, pattern: SIZE_PATTERN, minimum: 0 });
}

/** A size that may not be smaller than another. @example sizeFrom('64m') */
export function sizeFrom(smallest: string) {
  const expected = `a size of at least "${smallest}", such as "512m" or "2g"`;
  const smallestBytes = parseSize(smallest) ?? 0;
  return z
    .union([z.string(), z.number()], { error: expected })
    .transform((input, context): Bytes => {
      const parsed = parseSize(input);
      if (parsed !== undefined && parsed >= smallestBytes) return parsed;
      context.issues.push({ code: 'custom', message: expected, input });
      return z.NEVER;
    })
    .meta({ expected });
}

export function url(schemes: readonly string[] = ['http', 'https']) {
  const error = `an address such as "${schemes.at(-1)}://example.com"`;
  return z
    .string({ error })
    .refine((input) => schemes.includes(URL.parse(input)?.protocol.slice(0, -1) ?? ''), { error })
    .meta({ pattern: `^(${schemes.join('|')}):` });
}

/** The address of a server as a whole, without a path. */
export function origin() {
  const error = 'an address without a path, such as "https://gateway.example.com"';
  const isOrigin = (input: string) => {
    const parsed = URL.parse(input);
    return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.pathname === '/' && !/[?#@]/.test(input);
  };
  return z
    .string({ error })
    .refine(isOrigin, { error })
    .transform((input) => input.replace(/\/+$/, ''));
}

export function cidr() {
  const error = 'an address or a network, such as "10.0.0.0/8"';
  return z.string({ error }).refine(isCidr, { error }).meta({ pattern: CIDR_PATTERN });
}

export function host() {
  const error = 'an IP address or a host name, such as "127.0.0.1"';
  return z
    .string({ error })
    .refine((input) => isIP(input) !== 0 || (!/^[0-9.]+$/.test(input) && /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(input)), {
      error,
    })
    .meta({ pattern: HOST_PATTERN });
}

/** A name that a public certificate can be for: no address, no wildcard, at least two parts. */
export function domainName() {
  const error = 'a domain name such as "openclaw.example.com"';
  return z
    .string({ error })
    .max(253, { error })
    .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}$/i, { error });
}

export function email() {
  const error = 'an e-mail address such as "admin@example.com"';
  return z.string({ error }).regex(/^[^\s@,<>]+@[^\s@,<>]+\.[^\s@,<>]+$/, { error });
}

/** A path of HTTP requests, such as "/metrics". */
export function requestPath() {
  const error = 'a path such as "/metrics"';
  return z.string({ error }).regex(/^\/[^\s?#]*$/, { error });
}

/** A path in a rule; a star may stand at its end only. */
export function rulePath() {
  const error = 'a path such as "/api/messages" or "/api/*", with a star at its end only';
  return z.string({ error }).regex(/^\/[^\s?#*]*\*?$/, { error });
}

function oneOf(values: readonly string[]): string {
  const quoted = values.map((value) => `"${value}"`);
  return quoted.length === 1 ? quoted.join() : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

function isCidr(input: string): boolean {
  const [address, bits, rest] = input.split('/');
  const version = isIP(address ?? '');
  if (version === 0 || rest !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
