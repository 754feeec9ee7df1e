/** Whether a replay is its recording: the events of each message, without what differs between any two runs. Pure. */
import { createHash } from 'node:crypto';
import type { StoredEvent } from '@openclaw-gateway/events';
import { diff } from '@openclaw-gateway/events/json-patch';
import type { Divergence } from './job.ts';

export type Shown = { readonly type: string; readonly data: unknown };

/** Moments, durations, positions and what is made of them: no run has those of another. */
const TIMES = new Set([
  'durationMs',
  'firstTokenMs',
  'queuedMs',
  'totalMs',
  'durationUs',
  'retryAt',
  'expiresAt',
  'receivedAt',
  'decidedAt',
  'time',
  'position',
  'approvalCode',
  'person',
  // Made of the key, and not in recordings of earlier versions.
  'sessionKeyParts',
]);
/** What tools are asked and answer is compared as it is, whatever its fields are called. */
const CONTENT = new Set(['arguments', 'result']);
/** A typed id as a whole value: an id within a text is content. */
const ID = /^(?:evt|msg|ses|run|dlv|tcl|gw|usr|snd|con|sub)_[0-9a-hjkmnp-tv-z]{26}$/;

/**
 * Shows events without times, and with ids numbered in the order in which they appear, so that two runs can be compared.
 * One for each run: the same id has the same number in all of it.
 */
export class Normaliser {
  readonly #numbers = new Map<string, string>();
  readonly #ignored: ReadonlySet<string>;

  constructor(ignoredKeys: readonly string[] = []) {
    this.#ignored = new Set(ignoredKeys);
  }

  show({ type, data }: StoredEvent): Shown {
    return { type, data: this.#value(data) };
  }

  #value(value: unknown, isContent = false): unknown {
    if (typeof value === 'string') return ID.test(value) ? this.#numbered(value) : value;
    if (Array.isArray(value)) return value.map((item) => this.#value(item, isContent));
    if (typeof value !== 'object' || value === null) return value;
    const isLeftOut = (key: string) => !isContent && (TIMES.has(key) || this.#ignored.has(key));
    const entries = Object.entries(value).filter(([key, inner]) => inner !== undefined && !isLeftOut(key));
    return Object.fromEntries(
      entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, this.#value(inner, isContent || CONTENT.has(key))]),
    );
  }

  #numbered(id: string): string {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const numbered = `${id.slice(0, id.indexOf('_'))}#${this.#numbers.size + 1}`;
    this.#numbers.set(id, numbered);
    return numbered;
  }
}

/** The first event in which two runs of a message differ. `positions` says where the recording has its events. */
export function firstDivergence(
  message: { readonly number: number; readonly messageId: string; readonly positions: readonly number[] },
  recorded: readonly Shown[],
  replayed: readonly Shown[],
): Divergence | undefined {
  for (let index = 0; index < Math.max(recorded.length, replayed.length); index++) {
    const [was, is] = [recorded[index], replayed[index]];
    const patch = diff(was ?? null, is ?? null);
    if (patch.length === 0) continue;
    const position = message.positions[index];
    return {
      message: message.number,
      messageId: message.messageId,
      patch,
      ...(position !== undefined && { position }),
      ...(was && { recorded: was }),
      ...(is && { replayed: is }),
    };
  }
  return undefined;
}

/** One hash for a whole run: a line of JSON for each event. */
export function digestOf(events: readonly Shown[]): string {
  const hash = createHash('sha256');
  for (const event of events) hash.update(`${JSON.stringify(event)}\n`);
  return hash.digest('hex');
}
