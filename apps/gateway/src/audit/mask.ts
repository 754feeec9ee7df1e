/** What of a value leaves by a door for a caller who may not see what is masked. The log and its views are never changed. */
import type { Config } from '../config/index.ts';
import { isSecretPath, SHOWN_OF_A_SECRET } from '../config/secrets.ts';
import { createTextMask, isCardNumber, keepEnd, plainName } from './text-mask.ts';

type Masking = Config['gateway']['logging']['audit']['masking'];
type Mask = <T>(value: T) => T;
/** Hears the key under which something was masked. */
type Hidden = (key: string) => void;
type Walk = (value: unknown, key: string, parent: string, secret: boolean, hidden: Hidden) => unknown;

/** Keys come from whoever fills an object: so many are remembered at once. */
const MOST_KEYS = 2_000;
const WALKS = new WeakMap<Masking, Walk>();

/** The mask that these settings make. Lists, objects and keys stay; texts and numbers that are secret become `***` and their end. */
export function createBoundaryMask(masking: Masking): Mask {
  const walk = walkOf(masking);
  return (value) => walk(value, '', '', false, () => undefined) as typeof value;
}

/** The keys, each once, under which these settings would mask something of a value. */
export function maskedKeys(masking: Masking, value: unknown): string[] {
  const keys = new Set<string>();
  walkOf(masking)(value, '', '', false, (key) => keys.add(key));
  return [...keys];
}

function walkOf(masking: Masking): Walk {
  const known = WALKS.get(masking);
  if (known) return known;
  const walk = createWalk(masking);
  WALKS.set(masking, walk);
  return walk;
}

function createWalk(masking: Masking): Walk {
  const { fields, charsToMask } = masking;
  const names = new Set(fields.map(plainName));
  const textMask = createTextMask({ fields, charsToKeep: charsToMask });
  const isCard = (value: string) => isCardNumber(value) && textMask(value) !== value;
  const secretKeys = new Map<string, boolean>();

  function isSecretKey(key: string, parent: string): boolean {
    const at = `${parent}.${key}`;
    const known = secretKeys.get(at);
    if (known !== undefined) return known;
    const secret = names.has(plainName(key)) || isSecretPath([parent, key]);
    if (secretKeys.size >= MOST_KEYS) secretKeys.clear();
    secretKeys.set(at, secret);
    return secret;
  }

  function maskOne(value: string | number | bigint, secret: boolean): string | number | bigint {
    if (typeof value === 'string') return secret && value !== '' ? keepEnd(value, charsToMask) : textMask(value);
    return secret || isCard(String(value)) ? keepEnd(String(value), charsToMask) : value;
  }

  function maskList(list: readonly unknown[], key: string, parent: string, secret: boolean, hidden: Hidden): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (const [at, item] of list.entries()) {
      const masked = walk(item, key, parent, secret, hidden);
      if (masked === item) continue;
      copy ??= [...list];
      copy[at] = masked;
    }
    return copy ?? list;
  }

  /** What holds nothing secret is not copied. */
  function walk(value: unknown, key: string, parent: string, secret: boolean, hidden: Hidden): unknown {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
      const masked = maskOne(value, secret);
      if (masked !== value) hidden(key || 'value');
      return masked;
    }
    if (Array.isArray(value)) return maskList(value, key, parent, secret, hidden);
    if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value)) return value;
    // The changes of a configuration name the key they are about beside its values.
    const about = 'path' in value && typeof value.path === 'string' ? value.path.split('.') : undefined;
    let copy: Record<string, unknown> | undefined;
    for (const [name, item] of Object.entries(value)) {
      const isValue = about !== undefined && (name === 'before' || name === 'after' || name === 'value');
      const [above, own] = isValue ? [about.at(-2) ?? '', about.at(-1) ?? ''] : [key, name];
      const inside = secret && !SHOWN_OF_A_SECRET.has(name);
      const masked = walk(item, own, above, inside || isSecretKey(own, above), hidden);
      if (masked === item) continue;
      copy ??= { ...value };
      copy[name] = masked;
    }
    return copy ?? value;
  }
  return walk;
}
