/** Every way in which programs write a text, so that a secret is known again whatever it went through. */

/** Anything shorter would be found inside ordinary words. */
const SHORTEST = 6;

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const utf8 = (text: string) => Buffer.from(text, 'utf8');
const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const everyUnit = (text: string, write: (code: number) => string) =>
  Array.from({ length: text.length }, (_, index) => write(text.charCodeAt(index))).join('');
const everyByte = (text: string, write: (hex: string) => string) => [...utf8(text)].map((byte) => write(hex2(byte))).join('');
const hex2 = (value: number) => value.toString(16).padStart(2, '0');
const lowerEscapes = (text: string) => text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());

/**
 * The text itself and what it becomes in Base64 (in any place of what was encoded), hexadecimal, addresses, JSON, HTML, mail and
 * UTF-16. Spellings shorter than six characters are left out.
 * @example spellings('tok-12345').includes('dG9rLTEyMzQ1') // true
 */
export function spellings(text: string): string[] {
  const escaped = inJson(text);
  const wide = Buffer.from(text, 'utf16le');
  const addresses = inAddresses(text);
  const all = [
    text,
    escaped,
    inJson(escaped),
    inJson(inJson(escaped)),
    ...base64(utf8(text)),
    ...base64(utf8(escaped)),
    ...base64(wide),
    ...base64(utf8(utf8(text).toString('base64'))),
    ...hexadecimal(utf8(text)),
    ...hexadecimal(wide),
    ...addresses,
    ...addresses.map(encodeURIComponent),
    everyUnit(text, (code) => `\\u${code.toString(16).padStart(4, '0')}`),
    everyUnit(text, (code) => `\\u${code.toString(16).padStart(4, '0').toUpperCase()}`),
    everyUnit(text, (code) => (code > 126 ? `\\u${code.toString(16).padStart(4, '0')}` : inJson(String.fromCharCode(code)))),
    everyByte(text, (hex) => `\\x${hex}`),
    inHtml(text),
    everyUnit(text, (code) => `&#${code};`),
    everyUnit(text, (code) => `&#x${code.toString(16)};`),
    everyUnit(text, (code) => `&#x${code.toString(16).toUpperCase()};`),
    everyByte(text, (hex) => `=${hex.toUpperCase()}`),
    inMail(text),
    everyUnit(text, (code) => `${String.fromCharCode(code)}\0`).slice(0, -1),
    text.replaceAll("'", "'\\''"),
  ];
  return [...new Set(all)].filter((spelling) => spelling.length >= SHORTEST);
}

/**
 * What of the Base64 of anything that holds these bytes is theirs alone. It depends on where among three bytes they begin, and
 * the characters at the edges hold bits of their neighbours.
 */
function base64(bytes: Uint8Array): string[] {
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const start = before === 0 ? 0 : before + 1;
    const isEndShared = (before + bytes.length) % 3 !== 0;
    const own = encoded.slice(start, isEndShared ? -1 : undefined);
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function hexadecimal(bytes: Uint8Array): string[] {
  const lower = hexOf(bytes);
  const pairs = (separator: string) => (lower.match(/../g) ?? []).join(separator);
  return [lower, pairs(':'), pairs(' '), pairs('-')].flatMap((hex) => [hex, hex.toUpperCase()]);
}

function inAddresses(text: string): string[] {
  const wellFormed = text.toWellFormed();
  const component = encodeURIComponent(wellFormed);
  const strict = component.replaceAll(/[!'()*]/g, (mark) => `%${hex2(mark.charCodeAt(0)).toUpperCase()}`);
  const form = new URLSearchParams({ x: wellFormed }).toString().slice(2);
  const every = everyByte(wellFormed, (hex) => `%${hex.toUpperCase()}`);
  const written = [component, strict, form, encodeURI(wellFormed), every];
  return [...new Set(written.flatMap((address) => [address, lowerEscapes(address)]))];
}

function inHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replaceAll(/[&<>"']/g, (mark) => names[mark] ?? mark);
}

/** Quoted-printable, without the breaks of long lines. */
function inMail(text: string): string {
  return [...utf8(text)]
    .map((byte) => (byte > 126 || byte < 32 || byte === 61 ? `=${hex2(byte).toUpperCase()}` : String.fromCharCode(byte)))
    .join('');
}
