/** Wild values of every shape. The same seed gives the same ones. */
import type { Random } from '../random.ts';

const TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  'null',
  'true',
  '1e999',
  '9007199254740993',
  '18446744073709551616',
  'NaN',
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%00',
  '%',
  '%ff%fe',
  '%u0041',
  "'; DROP TABLE events; --",
  '" OR 1=1 --',
  '$' + '{jndi:ldap://x}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '\u0000',
  '\uFEFF',
  '\u202Eabc',
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢',
  '👩‍👩‍👧‍👦'.repeat(20),
  'é'.normalize('NFD').repeat(100),
  '\ud800',
  'a'.repeat(5000),
  '(((((((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)$',
  'type:message.* -agent:main dur:>2s "',
  'type:*** AND OR (( ))',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '1970-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  '2024-02-30',
  '-30s',
  '1h',
  'ses_01m2gft39c8n3w6p0zj7ys2fkt',
  'msg_01m2gft39c8n3w6p0zj7ys2fkt',
  'evt_zzzzzzzzzzzzzzzzzzzzzzzzzz',
  'agent:main:main',
] as const;
const NUMBERS = [0, -0, 1, -1, 0.5, 255, 65_536, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 2 ** 63, 1e21, 1e308, -1e308, 5e-324] as const;
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'id',
  'from',
  'text',
  'type',
  'limit',
  'before',
  'after',
  'at',
  'query',
  'sessionKey',
  'message',
  'messages',
  'model',
  'stream',
  'role',
  'content',
  'params',
  'method',
  'path',
  'value',
  'reason',
  'address',
  'token',
  'code',
  'json',
  'filter',
  'cursor',
  'sessionId',
  'idempotencyKey',
  'format',
  'level',
  'forMs',
  'subject',
  'rule',
  'wait',
  '',
] as const;

export function text(random: Random): string {
  if (random.chance(0.6)) return random.pick(TEXTS);
  return Array.from({ length: random.below(40) }, () => String.fromCharCode(random.below(random.chance(0.8) ? 128 : 65_536))).join('');
}

export function value(random: Random, depth = 4): unknown {
  const kind = random.below(depth > 0 ? 9 : 5);
  if (kind === 0) return random.pick([null, true, false]);
  if (kind <= 1) return random.pick(NUMBERS);
  if (kind <= 4) return text(random);
  if (kind <= 6) return Array.from({ length: random.below(6) }, () => value(random, depth - 1));
  const entries = Array.from(
    { length: random.below(7) },
    () => [random.chance(0.8) ? random.pick(KEYS) : text(random), value(random, depth - 1)] as const,
  );
  // `fromEntries` makes own keys, of `__proto__` too.
  return Object.fromEntries(entries);
}

/** A body: mostly JSON, often of a wrong shape, sometimes broken, large, deep, or no text at all. */
export function body(random: Random): string | Buffer {
  const kind = random.below(20);
  if (kind === 0) return bytes(random, 200);
  if (kind === 1) return `${JSON.stringify(value(random))}${random.pick(['}', ']', ',', 'x', '\u0000'])}`;
  if (kind === 2) return JSON.stringify(value(random)).slice(0, -1);
  if (kind === 3) return random.pick(['[', '{"a":']).repeat(random.below(20_000));
  if (kind === 4) return `${'['.repeat(2000)}${']'.repeat(2000)}`;
  if (kind === 5) return random.chance(0.1) ? JSON.stringify({ text: 'x'.repeat(1_200_000) }) : '';
  if (kind === 6) return `{"a":1${'0'.repeat(random.below(2000))},"a":"\\ud800"}`;
  if (kind === 7) return Buffer.concat([Buffer.from('{"from":"a","text":"'), bytes(random, 20), Buffer.from('"}')]);
  if (kind === 8) return JSON.stringify({ from: 'fuzz', text: text(random) });
  return JSON.stringify(value(random));
}

export function bytes(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: random.below(most) + 1 }, () => random.below(256)));
}

/** A path of the surface with its parameters filled in and its query made up, sometimes bent. */
export function path(random: Random, route: string): string {
  const filled = route.replace(/:\w+|\*/g, () => encode(random));
  const query = Array.from(
    { length: random.chance(0.6) ? random.below(5) : 0 },
    () => `${encodeURIComponent(random.pick(KEYS))}=${encode(random)}`,
  );
  const bent = random.chance(0.1) ? bend(random, filled) : filled;
  return query.length > 0 ? `${bent}?${query.join(random.chance(0.05) ? '&&' : '&')}` : bent;
}

function bend(random: Random, written: string): string {
  return random.pick([
    () => written.toUpperCase(),
    () => `/${written}`,
    () => `${written}/`,
    () => written.replaceAll('/', '//'),
    () => written.replaceAll('/', '/./'),
    () => `${written}/..${written}`,
    () => written.replaceAll('/', '%2f'),
    () => written.replaceAll('i', '%69'),
    () => `${written};x=1`,
    () => `${written}%00`,
    () => `http://elsewhere.example${written}`,
    () => `${written}\\..\\`,
    () => '*',
  ])();
}

/** As it stands in an address: nothing that the client itself would refuse to send. */
function encode(random: Random): string {
  const chosen = text(random);
  if (random.chance(0.2)) return chosen.replace(/[^\x21-\x7e]/g, '');
  return encodeURIComponent(chosen.replace(/[\ud800-\udfff]/g, '')).slice(0, 3000);
}

const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['accept', ['text/html', 'application/json', '*/*', 'text/event-stream', ';;;', 'x'.repeat(500)]],
  ['accept-language', ['zh-CN', 'en', '*', '<>']],
  [
    'content-type',
    [
      'application/json',
      'application/json; charset=utf-16',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=',
      '',
      'a/b+json',
      'application/cloudevents+json',
    ],
  ],
  ['origin', ['http://localhost', 'null', 'https://evil.example', 'x', 'http://[::1']],
  ['host', ['localhost', '127.0.0.1', 'evil.example', '', '[::1]:80', 'a b', 'x'.repeat(300)]],
  ['idempotency-key', ['k1', '', 'x'.repeat(1000), '__proto__']],
  ['x-openclaw-session-key', ['main', '__proto__', 'x'.repeat(600), '::::']],
  ['x-openclaw-agent-id', ['main', 'none', '__proto__']],
  ['x-forwarded-for', ['203.0.113.9', '::1', '127.0.0.1', 'x', '1.2.3.4, 5.6.7.8', '2001:db8::1', ',,,,']],
  ['x-forwarded-proto', ['https', 'gopher', '']],
  ['x-forwarded-host', ['evil.example', '', ':::']],
  ['forwarded', ['for=1.2.3.4', 'x']],
  ['range', ['bytes=0-0', 'bytes=5-1', 'bytes=-1', 'x']],
  ['if-none-match', ['*', '"x"']],
  ['if-modified-since', ['yesterday']],
  ['last-event-id', ['-1', 'x', '9'.repeat(30)]],
  ['traceparent', ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-x', 'zz'.repeat(100)]],
  ['expect', ['100-continue', 'x']],
  ['upgrade', ['h2c', 'websocket', 'x']],
  ['connection', ['keep-alive', 'close', 'upgrade']],
  ['sec-fetch-site', ['cross-site', 'same-origin', 'x']],
  ['trpc-accept', ['application/jsonl']],
  ['x-hook-signature', ['sha256=00', '']],
  ['cookie', ['a=b', '=', ';;;;', `x=${'y'.repeat(2000)}`, 'openclaw_proof=1.1.x.y']],
];

export function headers(random: Random): Record<string, string> {
  const chosen: Record<string, string> = {};
  for (let count = random.below(5); count > 0; count--) {
    const [name, values] = random.pick(HEADERS);
    chosen[name] = random.chance(0.9)
      ? random.pick(values)
      : text(random)
          .replace(/[^\x20-\x7e]/g, '')
          .slice(0, 500);
  }
  return chosen;
}
