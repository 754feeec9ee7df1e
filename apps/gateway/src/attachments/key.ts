import type { KeyOf } from './sealed-file.ts';

/** The keys that wrap the keys of files, under the secret of a state directory. */
export function keyOf(pseudonym: (text: string) => Uint8Array): KeyOf {
  return (hash) => pseudonym(`attachment\0${hash}`);
}
