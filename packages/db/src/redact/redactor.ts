/**
 * Keeps secrets out of what is kept: those that the configuration names, however they are written, and others by their form.
 * Looking is cheap; only what may hold one is taken apart.
 */
import { constants, gunzipSync } from 'node:zlib';
import { spellings } from './spellings.ts';
import { TextSet } from './text-set.ts';
import { mayHoldSecret, withoutUnknownSecrets } from './unknown-secrets.ts';

/** Fewer characters than these say nothing of a secret, and words begin with them. */
const BEGINNING = 4;
/** Anything shorter would be found inside ordinary words. */
const MIN_SECRET_LENGTH = 6;

/**
 * What may stand in the middle of a secret that was wrapped, quoted in a mail or written in two bytes a character. A mail ends a
 * line that goes on with `=` and begins one that it quotes with `>`, which may be characters of the secret as well: each is tried.
 */
const BREAKS = [
  /\r?\n[ \t]*|[\0\u00AD\u200B-\u200D\u2060\uFEFF]/g,
  /\r?\n[ \t>|]+|[\0\u00AD\u200B-\u200D\u2060\uFEFF]/g,
  /=\r?\n|[\0\u00AD\u200B-\u200D\u2060\uFEFF]/g,
] as const;
const BREAK = '(?:=?\\r?\\n[ \\t>|]*|[\\0\\u00AD\\u200B-\\u200D\\u2060\\uFEFF])*';
const BREAKS_IN_JSON = [
  /(?:\\r)?\\n(?: |\\t)*|\\u0000|[\u00AD\u200B-\u200D\u2060\uFEFF]/g,
  /(?:\\r)?\\n(?:[ >|]|\\t)+/g,
  /=(?:\\r)?\\n/g,
] as const;
const MAY_BREAK = /\\n|\\u0000|[\u00AD\u200B-\u200D\u2060\uFEFF]/;

/** How gzip begins in Base64, and how much of what is packed is looked at in one value; what is beyond is taken for a secret. */
const PACKED_SIGN = 'H4sI';
const PACKED = /H4sI(?:[A-Za-z0-9+/_-]|\r?\n){12,}={0,2}/g;
const MOST_UNPACKED_BYTES = 1024 * 1024;

export class Redactor {
  #spellings = new TextSet([]);
  /** As they stand in JSON. */
  #inJson = new TextSet([]);
  /** The spellings by their first characters. */
  #beginnings = new Map<string, string[]>();
  #longest = 0;

  readonly #replacement: string;

  constructor(secrets: readonly string[], replacement = '[secret]') {
    this.#replacement = replacement;
    this.set(secrets);
  }

  set(secrets: readonly string[]): void {
    const known = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH).flatMap(spellings);
    this.#spellings = new TextSet(known);
    this.#longest = known.reduce((most, spelling) => Math.max(most, spelling.length), 0);
    this.#beginnings = Map.groupBy(new Set(known), (spelling) => spelling.slice(0, BEGINNING));
    this.#inJson = new TextSet(known.map((spelling) => JSON.stringify(spelling).slice(1, -1)));
  }

  /** The same value when its JSON holds no secret, otherwise a copy with the replacement in each one's place. */
  redact<T>(value: T, json: string): T {
    if (!this.#mayHold(json)) return value;
    const budget = { bytes: MOST_UNPACKED_BYTES };
    return this.#clean(value, budget) as T;
  }

  /** How many characters at the end of a text may be the beginning of a secret, so that whoever shows it in pieces waits for more. */
  undecided(text: string): number {
    for (let start = Math.max(0, text.length - this.#longest); start <= text.length - BEGINNING; start++) {
      const candidates = this.#beginnings.get(text.slice(start, start + BEGINNING));
      if (candidates?.some((spelling) => spelling.length > text.length - start && spelling.startsWith(text.slice(start))))
        return text.length - start;
    }
    return 0;
  }

  /** A line of JSON without its secrets; a line that is something else is taken as a text. */
  redactLine(line: string): string {
    if (!this.#mayHold(line)) return line;
    try {
      return `${JSON.stringify(this.redact(JSON.parse(line), line))}${line.endsWith('\n') ? '\n' : ''}`;
    } catch {
      return this.redactText(line);
    }
  }

  /** The text without its secrets. */
  redactText(text: string): string {
    return this.#cleanText(text, { bytes: MOST_UNPACKED_BYTES });
  }

  #mayHold(json: string): boolean {
    if (this.#inJson.in(json) || mayHoldSecret(json) || json.includes(PACKED_SIGN)) return true;
    return MAY_BREAK.test(json) && BREAKS_IN_JSON.some((breaks) => this.#inJson.in(json.replaceAll(breaks, '')));
  }

  #clean(value: unknown, budget: { bytes: number }): unknown {
    if (typeof value === 'string') return this.#cleanText(value, budget);
    if (Array.isArray(value)) return value.map((item) => this.#clean(item, budget));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.#cleanText(key, budget), this.#clean(item, budget)]));
  }

  #cleanText(text: string, budget: { bytes: number }): string {
    const replace = () => this.#replacement;
    let clean = this.#spellings.found(text).reduce((rest, spelling) => rest.replaceAll(spelling, replace), text);
    for (const breaks of BREAKS) {
      const joined = clean.replaceAll(breaks, '');
      if (joined === clean) continue;
      for (const spelling of this.#spellings.found(joined)) clean = clean.replaceAll(broken(spelling), replace);
    }
    if (clean.includes(PACKED_SIGN)) {
      clean = clean.replaceAll(PACKED, (packed) => (this.#isSecretPacked(packed, budget) ? this.#replacement : packed));
    }
    return withoutUnknownSecrets(clean, replace);
  }

  #isSecretPacked(packed: string, budget: { bytes: number }): boolean {
    if (budget.bytes <= 0) return true;
    try {
      const options = { maxOutputLength: budget.bytes, finishFlush: constants.Z_SYNC_FLUSH };
      const bytes = gunzipSync(Buffer.from(packed, 'base64'), options);
      budget.bytes -= bytes.length;
      const text = bytes.toString('utf8');
      return this.#cleanText(text, budget) !== text;
    } catch (error) {
      // What is too large to be looked at may hold anything; what is not packed at all holds nothing.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return false;
      budget.bytes = 0;
      return true;
    }
  }
}

/** Finds a spelling whose characters are apart. */
function broken(spelling: string): RegExp {
  return new RegExp([...spelling].map((character) => character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join(BREAK), 'g');
}
