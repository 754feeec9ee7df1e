/**
 * What leaves of an event under a masking profile. Shapes stay, so that formats, summaries and readers work on masked events as
 * on any other.
 * - `none`: everything.
 * - `default`: secrets keep their last characters, also those that stand in texts; what identifies a person or was written by one becomes `hmac:` and eight
 *   digits of a keyed hash, the same for the same value.
 * - `strict`: no content at all, and ids are replaced by pseudonyms of the same kind.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { encodeBase32, eventDefinition, ID_PREFIXES, piiPaths } from '@openclaw-gateway/events';
import { createTextMask, keepEnd, plainName, type TextMask } from '../audit/text-mask.ts';
import { isSecretPath, SHOWN_OF_A_SECRET } from '../config/secrets.ts';
import type { ShownEvent } from './formats/index.ts';

export const MASKING_PROFILES = ['none', 'default', 'strict'] as const;
export type MaskingProfile = (typeof MASKING_PROFILES)[number];

export type MaskingOptions = {
  readonly profile: MaskingProfile;
  /** Secret of the gateway, so that nobody else can find out what a hash stands for by trying. */
  readonly key: Uint8Array;
  /** Names of fields that hold secrets, beside those that always do. */
  readonly fields: readonly string[];
  /** How many characters at the end of a secret stay. */
  readonly charsToKeep: number;
};

/** How often each field was masked, by its path with `[]` for the places of a list. */
export type MaskedFields = Map<string, number>;

export type Mask = {
  readonly apply: (event: ShownEvent) => ShownEvent;
  /** Everything that was masked so far. */
  readonly fields: MaskedFields;
};

const CONTENT = '[masked]';
/** What the log reads where a person was erased: there is nothing left to mask. */
const ERASED = '[erased]';
const ID = new RegExp(`\\b(${[...Object.values(ID_PREFIXES), 'sub'].join('|')})_[0-9a-hjkmnp-tv-z]{26}\\b`, 'g');

/** Ids and short names come again and again within a flow; a long text hardly ever does. */
const MAX_KNOWN = 10_000;
const MAX_KNOWN_LENGTH = 100;

/** Below a field marked as personal, everything is. */
type Marks = { readonly personal: boolean; readonly children: Map<string, Marks> };
const UNMARKED: Marks = { personal: false, children: new Map() };
const PERSONAL: Marks = { personal: true, children: new Map() };

export function createMask(options: MaskingOptions): Mask {
  const fields: MaskedFields = new Map();
  if (options.profile === 'none') return { apply: (event) => event, fields };
  const masker = new Masker(options, fields);
  return { apply: (event) => masker.event(event), fields };
}

class Masker {
  readonly #options: MaskingOptions;
  readonly #strict: boolean;
  readonly #fields: MaskedFields;
  readonly #secretNames: ReadonlySet<string>;
  readonly #textMask: TextMask;
  readonly #marks = new Map<string, Marks>();
  readonly #key: KeyObject;
  readonly #known = new Map<string, Buffer>();
  readonly #secretKeys = new Map<string, boolean>();
  #times = 0;

  constructor(options: MaskingOptions, fields: MaskedFields) {
    this.#options = options;
    this.#strict = options.profile === 'strict';
    this.#fields = fields;
    // Bytes would be made into a key again for each hash.
    this.#key = createSecretKey(options.key);
    this.#secretNames = new Set(options.fields.map(plainName));
    this.#textMask = createTextMask(options);
  }

  event(event: ShownEvent): ShownEvent {
    const before = this.#times;
    const data = this.#value(event.data, this.#marksOf(event.type), [], '');
    if (this.#strict) return this.#pseudonymous(event, data);
    return this.#times === before ? event : withData(event, data);
  }

  #pseudonymous(event: ShownEvent, data: unknown): ShownEvent {
    const { type, schemaVersion, position, version, time, hash, previousHash, dataHash, erased } = event;
    return {
      id: this.#pseudonyms(event.id) as ShownEvent['id'],
      type,
      schemaVersion,
      position,
      streamId: this.#pseudonyms(event.streamId),
      version,
      time,
      metadata: this.#metadata(event.metadata),
      data,
      hash,
      previousHash,
      dataHash,
      erased,
      metadataJson: undefined,
      stored: undefined,
    };
  }

  #marksOf(type: string): Marks {
    let marks = this.#marks.get(type);
    if (!marks) {
      const definition = eventDefinition(type);
      marks = definition ? toMarks(piiPaths(definition.schema)) : UNMARKED;
      this.#marks.set(type, marks);
    }
    return marks;
  }

  #value(value: unknown, marks: Marks, path: readonly string[], at: string): unknown {
    if (value === null || value === undefined || value === ERASED) return value;
    if (marks.personal && this.#strict) return this.#withoutContent(value, at);
    if (Array.isArray(value)) {
      const inner = marks.personal ? PERSONAL : (marks.children.get('[]') ?? UNMARKED);
      return value.map((item) => this.#value(item, inner, path, `${at}[]`));
    }
    if (typeof value === 'object') return this.#object(value as Readonly<Record<string, unknown>>, marks, path, at);
    if (this.#isSecret(path)) return this.#masked(at, keepEnd(String(value), this.#options.charsToKeep));
    if (marks.personal) return this.#masked(at, this.#hash(String(value)));
    if (typeof value !== 'string') return value;
    const text = this.#textMask(value);
    if (text !== value) this.#masked(at, text);
    return this.#strict ? this.#pseudonyms(text) : text;
  }

  #object(value: Readonly<Record<string, unknown>>, marks: Marks, path: readonly string[], at: string): Record<string, unknown> {
    // The changes of a configuration name the key they are about beside its values.
    const about = typeof value['path'] === 'string' ? value['path'].split('.') : undefined;
    const copy: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      const inner = marks.personal ? PERSONAL : (marks.children.get(key) ?? UNMARKED);
      const isValue = about !== undefined && (key === 'before' || key === 'after' || key === 'value');
      const below = this.#isSecret(path) && !SHOWN_OF_A_SECRET.has(key) ? path : [...path, key];
      copy[key] = this.#value(item, inner, isValue ? about : below, at === '' ? key : `${at}.${key}`);
    }
    return copy;
  }

  /** A value of the same kind that says nothing. */
  #withoutContent(value: unknown, at: string): unknown {
    if (Array.isArray(value)) return value.length === 0 ? value : this.#masked(at, []);
    if (typeof value === 'object') return this.#masked(at, {});
    return value === '' ? value : this.#masked(at, CONTENT);
  }

  #isSecret(path: readonly string[]): boolean {
    const key = path.at(-1);
    if (key === undefined) return false;
    const name = `${key.length} ${key}${path.at(-2)}`;
    let isSecret = this.#secretKeys.get(name);
    if (isSecret === undefined) {
      isSecret = this.#secretNames.has(plainName(key)) || isSecretPath(path);
      if (this.#secretKeys.size >= MAX_KNOWN) this.#secretKeys.clear();
      this.#secretKeys.set(name, isSecret);
    }
    return isSecret;
  }

  #masked<Value>(at: string, value: Value): Value {
    this.#fields.set(at, (this.#fields.get(at) ?? 0) + 1);
    this.#times += 1;
    return value;
  }

  #hash(text: string): string {
    return text === '' ? '' : `hmac:${this.#hmac(text).toString('hex', 0, 4)}`;
  }

  /** The text with every id in it replaced by a pseudonym of the same kind, the same in every export of this gateway. */
  #pseudonyms(text: string): string {
    if (!text.includes('_')) return text;
    return text.replaceAll(ID, (id, prefix: string) => `${prefix}_${encodeBase32(this.#hmac(id).subarray(0, 16))}`);
  }

  #hmac(text: string): Buffer {
    const known = this.#known.get(text);
    if (known) return known;
    const bytes = createHmac('sha256', this.#key).update(text).digest();
    if (text.length > MAX_KNOWN_LENGTH) return bytes;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(text, bytes);
    return bytes;
  }

  #metadata(metadata: ShownEvent['metadata']): ShownEvent['metadata'] {
    const entries = Object.entries(metadata).map(([key, value]) => [key, typeof value === 'string' ? this.#pseudonyms(value) : value]);
    const copy = Object.fromEntries(entries) as ShownEvent['metadata'];
    if (!metadata.actor) return copy;
    return { ...copy, actor: { type: metadata.actor.type, id: this.#actor(metadata.actor.id) } };
  }

  /** Typed ids stay typed; names such as that of a hook become hashes. */
  #actor(id: string): string {
    const replaced = this.#pseudonyms(id);
    return replaced === id ? this.#hash(id) : replaced;
  }
}

/** The event with other data. Its metadata stays text until somebody asks for it. */
function withData(event: ShownEvent, data: unknown): ShownEvent {
  const { id, type, schemaVersion, position, streamId, version, time, hash, previousHash, dataHash, erased, metadataJson } = event;
  return {
    id,
    type,
    schemaVersion,
    position,
    streamId,
    version,
    time,
    get metadata() {
      return event.metadata;
    },
    data,
    hash,
    previousHash,
    dataHash,
    erased,
    metadataJson,
    stored: undefined,
  };
}

function toMarks(paths: readonly string[]): Marks {
  const root: Marks = { personal: false, children: new Map() };
  for (const path of paths) {
    const steps = path.replaceAll('[]', '.[]').split('.');
    const last = steps.pop() ?? '';
    let marks = root;
    for (const step of steps) {
      let next = marks.children.get(step);
      if (!next) {
        next = { personal: false, children: new Map() };
        marks.children.set(step, next);
      }
      marks = next;
    }
    marks.children.set(last, PERSONAL);
  }
  return root;
}
