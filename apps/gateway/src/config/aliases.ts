/**
 * Keys as OpenClaw's own users know them, read as the keys of this gateway. What cannot mean the same is refused with
 * words, not ignored.
 */
import type { KeyPath } from './path.ts';
import { formatPath, parsePath, valueAt } from './path.ts';
import type { Finding } from './types.ts';

type Alias = {
  readonly from: KeyPath;
  /** Without it the key says nothing that this gateway needs. */
  readonly to?: KeyPath;
  /** Values that are called otherwise here. */
  readonly words?: Readonly<Record<string, unknown>>;
  /** What may be written when only `words` may. */
  readonly only?: string;
};

const alias = (from: string, to: string | undefined, rest: Pick<Alias, 'words' | 'only'> = {}): Alias => ({
  from: parsePath(from),
  ...(to && { to: parsePath(to) }),
  ...rest,
});

const ALIASES: readonly Alias[] = [
  alias('gateway.port', 'gateway.network.port'),
  alias('gateway.bind', 'gateway.network.host', { words: { loopback: '127.0.0.1', auto: '127.0.0.1', lan: '0.0.0.0' } }),
  alias('gateway.mode', undefined, { words: { local: undefined }, only: '"local": this program is the gateway itself' }),
  alias('gateway.auth.mode', 'gateway.auth.type', {
    words: { token: 'token', none: 'disabled' },
    only: '"token" or "none"; this gateway has no password and no trusted-proxy mode',
  }),
  alias('gateway.controlUi.allowedOrigins', 'gateway.auth.cors.origins'),
  alias('gateway.tls.enabled', 'gateway.network.https.enabled'),
  alias('gateway.tls.certPath', 'gateway.network.https.cert.certFile'),
  alias('gateway.tls.keyPath', 'gateway.network.https.cert.keyFile'),
  alias('gateway.tls.caPath', 'gateway.network.https.cert.caFile'),
  alias('gateway.tailscale.mode', 'gateway.tailscale.enabled', {
    words: { off: false, serve: true },
    only: '"off" or "serve"; for Funnel set gateway.tailscale.enabled and gateway.tailscale.funnel.enabled',
  }),
  alias('logging.level', 'gateway.logging.level', { words: { trace: 'debug' } }),
  alias('logging.file', 'gateway.logging.file.path'),
  alias('logging.maxFileBytes', 'gateway.logging.file.maxSize'),
  alias('logging.audit.enabled', 'gateway.logging.audit.enabled'),
];

/** The other names, for whoever describes what a file may say. */
export function aliasNames(): { from: KeyPath; to?: KeyPath; words?: readonly string[]; only: boolean }[] {
  return ALIASES.map(({ from, to, words, only }) => ({
    from,
    ...(to && { to }),
    ...(words && { words: Object.keys(words) }),
    only: only !== undefined || !to,
  }));
}

export type Unaliased = {
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** The keys that were written otherwise: how they are called here, and how they are written. */
  readonly used: ReadonlyMap<string, string>;
};

/** A copy with the keys of this gateway. */
export function unalias(document: unknown): Unaliased {
  const value = structuredClone(document);
  const findings: Finding[] = [];
  const used = new Map<string, string>();
  for (const entry of ALIASES) {
    const written = valueAt(value, entry.from);
    if (written === undefined) continue;
    const from = formatPath(entry.from);
    removeAt(value, entry.from);
    const word = typeof written === 'string' && entry.words && Object.hasOwn(entry.words, written);
    if (!word && entry.only) {
      findings.push({ path: from, value: JSON.stringify(written), expected: entry.only });
      continue;
    }
    if (!entry.to) continue;
    const to = formatPath(entry.to);
    if (valueAt(value, entry.to) !== undefined) {
      findings.push({
        path: from,
        value: JSON.stringify(written),
        expected: `only one of ${from} and ${to}`,
        hint: 'They mean the same; remove one.',
      });
      continue;
    }
    putAt(value, entry.to, word ? entry.words?.[written] : written);
    used.set(to, from);
  }
  unaliasAgents(value, used);
  return { value, findings, used };
}

/** Where a key has its place in a document: at the name it is written with there, else at this gateway's name. */
export function placeOf(document: unknown, path: KeyPath): KeyPath {
  const renamed =
    ALIASES.find((entry) => !entry.words && startsWith(path, entry.from)) ?? ALIASES.find((entry) => startsWith(path, entry.from));
  if (renamed) return valueAt(document, renamed.from) === undefined && renamed.to && !renamed.words ? renamed.to : path;
  const other = ALIASES.find((entry) => entry.to && !entry.words && samePath(entry.to, path));
  return other && valueAt(document, other.from) !== undefined ? other.from : path;
}

/** How a key is called here, however it was written. */
export function canonicalPath(path: KeyPath): KeyPath {
  const found = ALIASES.find((entry) => entry.to && startsWith(path, entry.from));
  return found?.to ? [...found.to, ...path.slice(found.from.length)] : path;
}

/** `agents.list: [{ id, … }]` and `model: { primary }`. */
function unaliasAgents(document: unknown, used: Map<string, string>): void {
  const agents = valueAt(document, ['agents']);
  if (!isObject(agents)) return;
  const list = agents['list'];
  if (Array.isArray(list) && agents['entries'] === undefined && list.every((item) => isObject(item) && typeof item['id'] === 'string')) {
    agents['entries'] = Object.fromEntries(list.map(({ id, ...rest }: Record<string, unknown>) => [id, rest]));
    delete agents['list'];
    list.forEach((item: Record<string, unknown>, index) => void used.set(`agents.entries.${String(item['id'])}`, `agents.list[${index}]`));
  }
  const entries = isObject(agents['entries']) ? Object.entries(agents['entries']) : [];
  for (const [name, agent] of [['', agents['defaults']] as const, ...entries]) {
    if (!isObject(agent) || !isObject(agent['model']) || Object.keys(agent['model']).join() !== 'primary') continue;
    agent['model'] = agent['model']['primary'];
    const at = name === '' ? 'agents.defaults.model' : formatPath(['agents', 'entries', name, 'model']);
    used.set(at, `${at}.primary`);
  }
}

function removeAt(document: unknown, path: KeyPath): void {
  const parent = valueAt(document, path.slice(0, -1));
  if (!isObject(parent)) return;
  delete parent[path.at(-1) ?? ''];
  // An object that only held other spellings is gone with them.
  if (Object.keys(parent).length === 0 && path.length > 1) removeAt(document, path.slice(0, -1));
}

function putAt(document: unknown, path: KeyPath, value: unknown): void {
  let current = document as Record<string, unknown>;
  for (const part of path.slice(0, -1)) {
    if (!isObject(current[part])) current[part] = {};
    current = current[part] as Record<string, unknown>;
  }
  current[path.at(-1) ?? ''] = value;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const startsWith = (path: KeyPath, prefix: KeyPath) => prefix.every((part, index) => path[index] === part);
const samePath = (a: KeyPath, b: KeyPath) => a.length === b.length && startsWith(a, b);
