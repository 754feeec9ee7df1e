import { randomUuid } from '../../data/uuid.ts';

/** Files that are chosen for a message. */
export type Chosen = {
  readonly key: string;
  readonly name: string;
  readonly mimeType: string;
  readonly size: number;
  readonly data: string;
};

export const MOST_FILES = 20;
/** All files of a message together: in base64 they have to fit into a request of 8 MiB. */
export const MOST_BYTES = 6_000_000;

type Sized = { readonly size: number };

/** Those that still fit, in their order, and whether some do not. */
export function fitting<F extends Sized>(
  already: readonly Sized[],
  more: readonly F[],
): { readonly taken: readonly F[]; readonly left: boolean } {
  let count = already.length;
  let bytes = already.reduce((sum, { size }) => sum + size, 0);
  const taken = more.filter(({ size }) => {
    if (count >= MOST_FILES || bytes + size > MOST_BYTES) return false;
    count += 1;
    bytes += size;
    return true;
  });
  return { taken, left: taken.length < more.length };
}

/** The bytes in base64. Rejects when the browser may not read the file any more. */
export function read(file: File): Promise<Chosen> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(reader.error);
    reader.onload = () => {
      const [, data = ''] = String(reader.result).split(',', 2);
      resolve({ key: randomUuid(), name: file.name, mimeType: file.type, size: file.size, data });
    };
    reader.readAsDataURL(file);
  });
}
