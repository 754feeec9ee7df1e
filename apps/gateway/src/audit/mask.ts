/** What of a value leaves by a door for a caller who may not see what is masked. The log and its views are never changed. */
import type { Config } from '../config/index.ts';
import { isSecretPath, SHOWN_OF_A_SECRET } from '../config/secrets.ts';
import { createTextMask, isCardNumber, keepEnd, plainName } from './text-mask.ts';

type Masking = Config['gateway']['logging']['audit']['masking'];
type Mask = <T>(value: T) => T;

const MASKS = new WeakMap<Masking, Mask>();

/** The mask that these settings make. Lists, objects and keys stay; texts and numbers that are secret become `***` and their end. */
export function createBoundaryMask(masking: Masking): Mask {
  const known = MASKS.get(masking);
  if (known) return known;
  const { fields, charsToMask } = masking;
  const names = new Set(fields.map(plainName));
  const textMask = createTextMask({ fields, charsToKeep: charsToMask });
  const isCard = (value: number) => textMask(String(value)) !== String(value) && isCardNumber(String(value));

  function walk(value: unknown, path: readonly string[], secret: boolean): unknown {
    if (typeof value === 'string') return secret && value !== '' ? keepEnd(value, charsToMask) : textMask(value);
    if (typeof value === 'number' || typeof value === 'bigint') {
      return secret || isCard(Number(value)) ? keepEnd(String(value), charsToMask) : value;
    }
    if (Array.isArray(value)) return value.map((item) => walk(item, path, secret));
    if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value)) return value;
    // The changes of a configuration name the key they are about beside its values.
    const about = 'path' in value && typeof value.path === 'string' ? value.path.split('.') : undefined;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const isValue = about !== undefined && (key === 'before' || key === 'after' || key === 'value');
        const at = isValue ? about : [...path, key];
        const inside = secret && !SHOWN_OF_A_SECRET.has(key);
        return [key, walk(item, at, inside || names.has(plainName(at.at(-1) ?? '')) || isSecretPath(at))];
      }),
    );
  }

  const mask = (<T>(value: T) => walk(value, [], false) as T) satisfies Mask;
  MASKS.set(masking, mask);
  return mask;
}
