/** Which texts of which events free text finds. The search projection indexes exactly these, and a query checks exactly these. */
import { EVENTS } from '@openclaw-gateway/events/catalog/index';
import { piiPaths } from '@openclaw-gateway/events/define';
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { typesWithPath, valuesAt } from './data-paths.ts';
import { toIndexable, words } from './words.ts';

/** What someone wrote or is told, beside what is personal: problems, reasons, and the paths of changed settings. */
const PLAIN_PATHS = ['problem.message', 'problem.code', 'reason', 'changes.path', 'findings.path', 'findings.expected'];
/** Personal, but no text: an id is found by its field. */
const NO_TEXT = /(^|\.)id$|^(requestId|providerMessageId|sessionKey)$/;
/** What is compared with each rule, the reason that most messages share, the model's answer once more, the searches themselves, and addresses that are secrets. */
const NO_TEXT_TYPES: ReadonlySet<string> = new Set([
  'route.decided',
  'auth.accepted',
  'delivery.requested',
  'audit.accessed',
  'push.subscribed',
]);

/** What lies beyond is not searched: a whole book in one message would cost everyone's searches. */
const MAX_CHARACTERS = 256 * 1024;

/** The paths of the searched texts, by type; types that have none are not in it. */
export const SEARCHED_PATHS: ReadonlyMap<string, readonly string[]> = new Map(
  EVENTS.filter(({ type }) => !NO_TEXT_TYPES.has(type)).flatMap(({ type, schema }) => {
    const personal = piiPaths(schema)
      .map((path) => path.replaceAll('[]', ''))
      .filter((path) => !NO_TEXT.test(path));
    const plain = PLAIN_PATHS.filter((path) => typesWithPath(path).has(type));
    const paths = [...personal, ...plain];
    return paths.length > 0 ? [[type, paths] as const] : [];
  }),
);

type Readable = Pick<StoredEvent, 'type' | 'data' | 'erased'>;

/** The words of an event that free text finds; none for an event without texts, or whose texts were erased. */
export function searchableWords(event: Readable): readonly string[] {
  const known = split.get(event);
  if (known) return known;
  const found = words(textOf(event));
  split.set(event, found);
  return found;
}

/** A query with several words asks for those of an event several times. */
const split = new WeakMap<Readable, readonly string[]>();

/** The same as one text, in which a full-text index finds the same words. */
export function searchableText(event: Readable): string {
  return toIndexable(textOf(event));
}

function textOf(event: Readable): string {
  const paths = SEARCHED_PATHS.get(event.type);
  if (!paths) return '';
  const { data, erased } = event;
  if (erased) return '';
  const texts: string[] = [];
  for (const path of paths) for (const value of valuesAt(data, path)) collect(value, texts);
  return texts.join(' ').slice(0, MAX_CHARACTERS);
}

function collect(value: unknown, into: string[]): void {
  if (typeof value === 'string') into.push(value);
  else if (typeof value === 'number') into.push(String(value));
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) collect(item, into);
}
