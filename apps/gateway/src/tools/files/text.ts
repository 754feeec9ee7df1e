const MOST_BROKEN_SHARE = 0.1;

/** Bytes as text, or `undefined` when they are none. A character that is cut at an end of them counts as broken and is replaced. */
export function readableText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let broken = 0;
  for (let at = text.indexOf('\uFFFD'); at >= 0; at = text.indexOf('\uFFFD', at + 1)) broken += 1;
  return broken > 3 && broken > text.length * MOST_BROKEN_SHARE ? undefined : text;
}
