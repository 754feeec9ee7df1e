/** What a file is, by its first bytes. Nothing is unpacked beyond those, and what the sender calls it counts only where the bytes agree. */

/** What is looked at of a file. */
export const HEAD_BYTES = 8192;

export type Sniffed = {
  readonly mimeType: string;
  /** It may run, or carry what runs, where it is opened. */
  readonly dangerous: boolean;
};

const UNKNOWN = 'application/octet-stream';
const ZIP = 'application/zip';

/** What a zip archive may truly be, where the first bytes do not say more. */
const IN_ZIP =
  /^application\/(vnd\.openxmlformats-officedocument\.[\w.-]+|vnd\.oasis\.opendocument\.[\w.-]+|epub\+zip|vnd\.apple\.[\w.-]+)$/;
const AS_TEXT = /^(text\/(plain|csv|markdown|tab-separated-values|calendar|vcard|css)|application\/(json|yaml|toml|x-ndjson))$/;
const RUNS =
  /^(application\/(x-(msdownload|elf|mach-binary|ms-shortcut|msi|sh|apple-diskimage|nintendo-nes-rom|chrome-extension|executable)|vnd\.(microsoft\.portable-executable|android\.package-archive|debian\.binary-package)|java-(vm|archive)|wasm|xml|xhtml\+xml|javascript)|text\/(html|xml|javascript)|image\/svg\+xml)$/;
const RUNS_BY_NAME =
  /\.(exe|dll|com|scr|pif|msi|msp|bat|cmd|ps1|psm1|vbs|vbe|js|mjs|jse|wsf|wsh|hta|lnk|url|reg|cpl|jar|apk|app|dmg|pkg|deb|rpm|sh|bash|zsh|command|desktop|elf|so|dylib|html?|xhtml|shtml|svgz?|xml|xsl|swf|docm|xlsm|pptm|iso|img)$/i;

/** The type of a file. `head` is its first `HEAD_BYTES`, or all of it; `name` and `claim` are the sender's. Never throws. */
export async function sniff(
  head: Uint8Array,
  { name = '', claim = '' }: { readonly name?: string; readonly claim?: string },
): Promise<Sniffed> {
  const claimed = claim.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const mimeType = (await byMagic(head, claimed)) ?? asText(head, claimed) ?? UNKNOWN;
  return { mimeType, dangerous: RUNS.test(mimeType) || RUNS_BY_NAME.test(name.trimEnd()) };
}

async function byMagic(head: Uint8Array, claimed: string): Promise<string | undefined> {
  const { fileTypeFromBuffer } = await import('file-type');
  const found = await fileTypeFromBuffer(head.subarray(0, HEAD_BYTES)).catch(() => undefined);
  const mimeType = found?.mime ?? (isZip(head) ? ZIP : undefined);
  if (mimeType === ZIP && IN_ZIP.test(claimed)) return claimed;
  // What calls itself XML may be a picture that carries a program.
  return mimeType === 'application/xml' ? asText(head, claimed) : mimeType;
}

function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}

function asText(head: Uint8Array, claimed: string): string | undefined {
  const text = readText(head);
  if (text === undefined) return undefined;
  if (/<svg[\s>/]/i.test(text)) return 'image/svg+xml';
  if (/<(!doctype\s+html|html|head|body|script|iframe|object|embed|meta|link|style|img|a)[\s>/]/i.test(text)) return 'text/html';
  if (/^\s*<\?xml/i.test(text)) return 'application/xml';
  if (text.startsWith('#!')) return 'application/x-sh';
  if (RUNS.test(claimed)) return claimed;
  return AS_TEXT.test(claimed) ? claimed : 'text/plain';
}

/** The bytes as UTF-8 without control characters; `undefined` where they are none. The last character may be cut. */
export function readText(bytes: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
  if (text === '' && bytes.length > 0) return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a text may not hold
  return /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/.test(text) ? undefined : text;
}
