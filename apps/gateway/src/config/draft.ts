/** A configuration that somebody is writing: what is wrong with it, what it would change, and how it meets what others changed. */
import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@openclaw-gateway/events';
import { compare, differences } from './changes.ts';
import type { Json5Node } from './json5.ts';
import { parseJson5 } from './json5.ts';
import { maskText, unmaskText } from './masked-text.ts';
import type { KeyPath } from './path.ts';
import { formatPath, parsePath, valueAt } from './path.ts';
import { readDocument } from './read.ts';
import type { Config } from './schema/index.ts';
import { maskSecrets } from './secrets.ts';
import { changeText } from './stopped.ts';
import type { ConfigChange, ConfigEdit, ConfigStore, Finding } from './types.ts';

/** Where something stands in the text, in characters. */
export type Range = { readonly from: number; readonly to: number };

export type DraftReview = {
  /** What is wrong; nothing when it could be in force. */
  readonly errors: readonly (Finding & Range & { readonly code: string })[];
  /** What is right and yet unwise. */
  readonly warnings: readonly Finding[];
  readonly changes: readonly ConfigChange[];
  readonly restartNeeded: readonly string[];
  /** The changed keys that can shut out whoever changes them. */
  readonly risky: readonly string[];
  /** What is written, under the names that keys have here; absent when the text cannot be read. */
  readonly document?: Readonly<Record<string, unknown>>;
  /** Whether a secret was typed into it, so that it is not to be kept anywhere. True where that cannot be told. */
  readonly holdsSecret: boolean;
  /** What it would mean; absent when it is refused. */
  readonly config?: Config;
};

export type DraftEdit =
  | { readonly op: 'set'; readonly path: KeyPath; readonly value: unknown }
  | { readonly op: 'unset'; readonly path: KeyPath };

export type Conflict = { readonly path: KeyPath; readonly base?: unknown; readonly mine?: unknown; readonly theirs?: unknown };
export type Merge = {
  /** Their text with all of mine that is not in conflict. */
  readonly text: string;
  readonly hash: string;
  readonly conflicts: readonly Conflict[];
  /** What of mine was put into theirs, and what they changed. */
  readonly mine: readonly ConfigChange[];
  readonly theirs: readonly ConfigChange[];
};

const RISKY = ['gateway.network', 'gateway.auth', 'gateway.security', 'gateway.tailscale', 'channels', 'models.providers'];

/** The text in force without its secrets, and its hash. */
export function draftOf(store: ConfigStore): { readonly text: string; readonly hash: string } {
  return { text: maskText(store.raw()), hash: store.current().hash };
}

/** What a draft would do. Nothing is changed and nothing recorded. */
export async function reviewDraft(store: ConfigStore, draft: string, edit: Pick<ConfigEdit, 'actor'>): Promise<DraftReview> {
  const document = documentOf(draft);
  const about = { holdsSecret: holdsSecret(draft), ...(document && { document }) };
  try {
    const text = unmaskText(draft, store.raw());
    const update = await store.change({ op: 'text', text }, { ...edit, source: 'dashboard', dryRun: true });
    const { changes, restartNeeded, snapshot } = update;
    const risky = changes.map(({ path }) => path).filter((path) => RISKY.some((key) => path === key || path.startsWith(`${key}.`)));
    return { errors: [], warnings: snapshot.warnings, changes, restartNeeded, risky, config: snapshot.config, ...about };
  } catch (error) {
    if (!(error instanceof GatewayError) || !error.code.startsWith('CONFIG_')) throw error;
    return { errors: errorsIn(error, draft), warnings: [], changes: [], restartNeeded: [], risky: [], ...about };
  }
}

/** The draft with some keys set or taken out; comments and order stay. Throws CONFIG_SYNTAX, CONFIG_INVALID. */
export function editDraft(draft: string, edits: readonly DraftEdit[]): string {
  return edits.reduce((text, { path, ...edit }) => {
    const at = formatPath(path);
    if (edit.op === 'set') return changeText(text, { op: 'set', path: at, value: edit.value }, 'the draft');
    try {
      return changeText(text, { op: 'unset', path: at }, 'the draft');
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'CONFIG_KEY_UNSET') return text;
      throw error;
    }
  }, draft);
}

/** A draft that was begun on `base`, on top of what is in force now. Throws CONFIG_SYNTAX. */
export function mergeDraft(store: ConfigStore, base: string, mine: string): Merge {
  const { text, hash } = draftOf(store);
  const [was, wanted, now] = [base, mine, text].map((one) => readDocument(one).value);
  const ours = differences(was, wanted, []);
  const conflicting = ours.filter(({ path, after }) => {
    const here = valueAt(now, path);
    return !isDeepStrictEqual(here, after) && !isDeepStrictEqual(here, valueAt(was, path));
  });
  const free = ours.filter((one) => !conflicting.includes(one));
  const edits = free.map(({ path, after }): DraftEdit => (after === undefined ? { op: 'unset', path } : { op: 'set', path, value: after }));
  const shown = (value: unknown, path: KeyPath) => maskSecrets(value, path);
  return {
    text: editDraft(text, edits),
    hash,
    conflicts: conflicting.map(({ path, before, after }) => ({
      path,
      base: shown(before, path),
      mine: shown(after, path),
      theirs: shown(valueAt(now, path), path),
    })),
    mine: compare(was, wanted),
    theirs: compare(was, now),
  };
}

/** What is written in a draft, under the names that keys have here; nothing where it cannot be read. */
export function documentOf(draft: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const { value } = readDocument(draft);
    return typeof value === 'object' && value !== null ? (maskSecrets(value) as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function holdsSecret(draft: string): boolean {
  try {
    return maskText(draft) !== draft;
  } catch {
    return true;
  }
}

function errorsIn({ code, message, details }: GatewayError, draft: string): DraftReview['errors'] {
  if (code === 'CONFIG_SYNTAX') {
    const at = offsetOf(draft, Number(details?.['line'] ?? 1), Number(details?.['column'] ?? 1));
    return [{ code, path: '', expected: message, from: at, to: Math.min(at + 1, draft.length) }];
  }
  const keys = details?.['keys'];
  if (Array.isArray(keys)) {
    const expected = 'the secret itself, or a reference to it: "***" stands only for one that is set there already';
    return keys.map((key) => ({ code, path: String(key), expected, ...rangeOf(draft, String(key)) }));
  }
  const findings = (details?.['findings'] as readonly Finding[] | undefined) ?? [{ path: '', expected: message }];
  return findings.map((finding) => ({ ...finding, code, ...rangeOf(draft, finding.path) }));
}

/** Where a key stands, or the nearest one around it. */
function rangeOf(text: string, path: string): Range {
  try {
    let node: Json5Node = parseJson5(text);
    let range: Range = { from: node.start, to: Math.min(node.start + 1, node.end) };
    for (const part of parsePath(path)) {
      if (node.kind === 'object') {
        const member = node.members.findLast(({ key }) => key === part);
        if (!member) break;
        node = member.value;
        range = { from: member.start, to: node.kind === 'scalar' ? node.end : member.start + part.length };
      } else if (node.kind === 'array') {
        const item = node.items[Number(part)];
        if (!item) break;
        node = item.value;
        range = { from: node.start, to: node.kind === 'scalar' ? node.end : node.start + 1 };
      } else break;
    }
    return range;
  } catch {
    return { from: 0, to: Math.min(1, text.length) };
  }
}

function offsetOf(text: string, line: number, column: number): number {
  let at = 0;
  for (let passed = 1; passed < line; passed++) {
    const next = text.indexOf('\n', at);
    if (next < 0) break;
    at = next + 1;
  }
  return Math.min(at + column - 1, text.length);
}
