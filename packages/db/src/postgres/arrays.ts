/** Arrays as PostgreSQL sends them itself: what the driver makes of arrays is text, which costs several times as much on both sides. */

/** The types of elements by the server's numbers. */
const BYTEA = 17;
const INT8 = 20;
const INT4 = 23;
const TEXT = 25;
/** Dimensions, whether there are nulls, type, length and first index. */
const HEADER_BYTES = 5 * 4;
const LENGTH_BYTES = 4;
const NULL = -1;

export function byteaArray(values: readonly (Uint8Array | null)[]): Buffer {
  const size = values.reduce((sum, value) => sum + LENGTH_BYTES + (value?.length ?? 0), HEADER_BYTES);
  const array = startOf(BYTEA, values.length, size);
  let at = HEADER_BYTES;
  for (const value of values) {
    at = array.writeInt32BE(value?.length ?? NULL, at);
    if (!value) continue;
    array.set(value, at);
    at += value.length;
  }
  return array;
}

export function textArray(values: readonly string[]): Buffer {
  const size = values.reduce((sum, value) => sum + LENGTH_BYTES + Buffer.byteLength(value), HEADER_BYTES);
  const array = startOf(TEXT, values.length, size);
  let at = HEADER_BYTES;
  for (const value of values) {
    const bytes = array.write(value, at + LENGTH_BYTES);
    at = array.writeInt32BE(bytes, at) + bytes;
  }
  return array;
}

export function bigintArray(values: readonly number[]): Buffer {
  const array = startOf(INT8, values.length, HEADER_BYTES + values.length * (LENGTH_BYTES + 8));
  let at = HEADER_BYTES;
  for (const value of values) {
    // As halves of 32 bits: a BigInt is an object for the collector.
    at = array.writeInt32BE(Math.floor(value / 2 ** 32), array.writeInt32BE(8, at));
    at = array.writeUInt32BE(value % 2 ** 32, at);
  }
  return array;
}

export function intArray(values: readonly number[]): Buffer {
  const array = startOf(INT4, values.length, HEADER_BYTES + values.length * (LENGTH_BYTES + 4));
  let at = HEADER_BYTES;
  for (const value of values) at = array.writeInt32BE(value, array.writeInt32BE(4, at));
  return array;
}

function startOf(type: number, length: number, size: number): Buffer {
  const array = Buffer.allocUnsafe(size);
  // One dimension whose first index is 1; nulls are allowed and need not be there.
  for (const [index, field] of [1, 1, type, length, 1].entries()) array.writeInt32BE(field, index * 4);
  return array;
}
