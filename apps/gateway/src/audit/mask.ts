/** What of a value leaves by a door for a caller who may not see what is masked. The log and its views are never changed. */
import type { Config } from '../config/index.ts';
import { isSecretPath, SHOWN_OF_A_SECRET } from '../config/secrets.ts';
import { createTextMask, isCardNumber, keepEnd, plainName } from './text-mask.ts';

type Masking = Config['gateway']['logging']['audit']['masking'];
type Mask = <T>(value: T) => T;
/** Hears the key under which something was masked. */
type Hidden = (key: string) => void;

const MASKS = new WeakMap<Masking, Mask>();

/** The mask that these settings make. Lists, objects and keys stay; texts and numbers that are secret become `***` and their end. */
export function createBoundaryMask(masking: Masking): Mask {
  const known = MASKS.get(masking);
  if (known) return known;
  const walk = createWalk(masking);
  const mask: Mask = (value) => walk(value, [], false, () => undefined) as typeof value;
  MASKS.set(masking, mask);
  return mask;
}

/** The keys, each once, under which these settings would mask something of a value. */
export function maskedKeys(masking: Masking, value: unknown): string[] {
  const keys = new Set<string>();
  createWalk(masking)(value, [], false, (key) => keys.add(key));
  return [...keys];
}

function createWalk(masking: Masking) {
  const { fields, charsToMask } = masking;
  const names = new Set(fields.map(plainName));
  const textMask = createTextMask({ fields, charsToKeep: charsToMask });
  const isCard = (value: number) => textMask(String(value)) !== String(value) && isCardNumber(String(value));

  function maskOne(value: string | number | bigint, secret: boolean): string | number | bigint {
    if (typeof value === 'string') return secret && value !== '' ? keepEnd(value, charsToMask) : textMask(value);
    return secret || isCard(Number(value)) ? keepEnd(String(value), charsToMask) : value;
  }

  return function walk(value: unknown, path: readonly string[], secret: boolean, hidden: Hidden): unknown {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
      const masked = maskOne(value, secret);
      if (masked !== value) hidden(path.at(-1) || 'value');
      return masked;
    }
    if (Array.isArray(value)) return value.map((item) => walk(item, path, secret, hidden));
    if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value)) return value;
    // The changes of a configuration name the key they are about beside its values.
    const about = 'path' in value && typeof value.path === 'string' ? value.path.split('.') : undefined;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const isValue = about !== undefined && (key === 'before' || key === 'after' || key === 'value');
        const at = isValue ? about : [...path, key];
        const inside = secret && !SHOWN_OF_A_SECRET.has(key);
        return [key, walk(item, at, inside || names.has(plainName(at.at(-1) ?? '')) || isSecretPath(at), hidden)];
      }),
    );
  };
}
