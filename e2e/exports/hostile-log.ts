/** A log of every type of event, with texts that are made to confuse whoever reads them. The same seed gives the same texts. */
import { readdirSync, readFileSync } from 'node:fs';
import { openStore } from '@openclaw-gateway/db';
import { eventDefinition, newId, piiPaths, type StoredEvent } from '@openclaw-gateway/events';

const FIXTURES = new URL('../../packages/events/fixtures/', import.meta.url);
const BATCH = 500;
const PIECES = [
  '=1+1',
  '@SUM(A1)',
  '-2',
  '+3',
  '"',
  '""',
  ',',
  ';',
  '\r\n',
  '\n',
  '\r',
  '\t',
  '\0',
  '\\',
  '\\\\',
  '|',
  '=',
  ' act=',
  ' outcome=failure ',
  'CEF:0|',
  '\u0085',
  '\u2028',
  '\u202e',
  '\ufeff',
  '你好',
  '🦞',
  '</script>',
  '\u001b[31m',
  "'",
  '{"a":1}',
  'word ',
];

/** Appends so many events. Texts that a type marks as personal are replaced by hostile ones. */
export async function fillLog(dir: string, events: number, seed: number): Promise<{ readonly events: number; readonly gatewayId: string }> {
  const random = mulberry(seed);
  const golden = readdirSync(FIXTURES)
    .filter((name) => name !== 'schemas.json')
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')) as StoredEvent);
  const store = await openStore({ dir });
  try {
    for (let at = 0; at < events; at += BATCH) {
      await store.log.append({
        events: Array.from({ length: Math.min(BATCH, events - at) }, (_, index) => {
          const { type, schemaVersion, data, streamId, metadata } = golden[(at + index) % golden.length] as StoredEvent;
          const paths = new Set(piiPaths(eventDefinition(type)?.schema as never));
          return { streamId, event: { id: newId('event'), type, schemaVersion, data: spoil(data, '', paths, random) }, metadata };
        }),
      });
    }
    return { events: store.log.head(), gatewayId: store.gatewayId };
  } finally {
    await store.close();
  }
}

function spoil(value: unknown, path: string, paths: ReadonlySet<string>, random: () => number, within = false): unknown {
  const personal = within || paths.has(path);
  if (typeof value === 'string') return personal ? hostileText(random) : value;
  if (Array.isArray(value)) return value.map((item) => spoil(item, `${path}[]`, paths, random, personal));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, spoil(item, path === '' ? key : `${path}.${key}`, paths, random, personal)]),
  );
}

function hostileText(random: () => number): string {
  const length = 1 + Math.floor(random() * 12);
  return Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]).join('');
}

function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
