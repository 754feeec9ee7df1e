/** What a file is called after somebody else named it. It is shown and offered for saving, and never a path on this machine. Pure. */
import { extname } from 'node:path';

const MOST_CHARACTERS = 120;
const MOST_EXTENSION = 16;
/** Control and format characters, among them those that turn the writing direction; lone surrogates; what has no meaning of its own. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
const RESERVED = /[<>:"|?*%;]/g;
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/gif': '.gif',
  'image/webp': '.webp',
  'audio/ogg': '.ogg',
  'audio/mpeg': '.mp3',
  'video/mp4': '.mp4',
  'application/pdf': '.pdf',
  'text/plain': '.txt',
};

/** @example cleanName('../../etc/pass\u202Egnp.exe', 'image/png') // 'passgnp.exe' */
export function cleanName(claimed: string | undefined, mimeType: string): string {
  // More than this is neither read nor normalised.
  const [last = ''] = (claimed ?? '').slice(-4096).split(/[/\\]/).slice(-1);
  const visible = last.normalize('NFC').replace(HIDDEN, '').replace(RESERVED, '_').replace(/\s+/g, ' ');
  const trimmed = visible.replace(/^[. ]+|[. ]+$/g, '');
  if (trimmed === '') return `file${EXTENSIONS[mimeType] ?? ''}`;
  const safe = DEVICE.test(trimmed) ? `_${trimmed}` : trimmed;
  return shortened(safe);
}

function shortened(name: string): string {
  const characters = [...name];
  if (characters.length <= MOST_CHARACTERS) return name;
  const extension = extname(name);
  const kept = extension.length <= MOST_EXTENSION ? extension : '';
  return `${characters
    .slice(0, MOST_CHARACTERS - kept.length - 1)
    .join('')
    .trimEnd()}…${kept}`;
}
