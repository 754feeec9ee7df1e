/** Masks within texts that people and models wrote: what is named beside its value, and what is known by its form. */
import { withoutUnknownSecrets } from '@openclaw-gateway/db/redact/unknown-secrets';

export const MASK = '***';

export type MaskingRules = {
  /** Names of fields: `apiKey` is also `api_key`, `API-Key` and "api key". */
  readonly fields: readonly string[];
  /** How many characters at the end of what is masked stay readable. */
  readonly charsToKeep: number;
};

export type TextMask = (text: string) => string;

/** Which names stand for something that has a form of its own, and the form. */
const FORMS: readonly { readonly names: readonly string[]; readonly form: RegExp; readonly isOne?: (found: string) => boolean }[] = [
  {
    names: ['creditcard', 'creditcardnumber', 'cardnumber', 'card', 'ccnumber', 'pan'],
    form: /(?<![\d.])[2-6](?:[ -]?\d){11,18}(?!\d)/g,
    isOne: isCardNumber,
  },
  { names: ['email', 'emailaddress', 'mail'], form: /[\w.%+-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,253}\.[A-Za-z]{2,24}/g },
  { names: ['phone', 'phonenumber', 'mobile', 'telephone', 'tel'], form: /(?<![\w.])(?:\+|\(0|0)(?:[ ()./-]{0,2}\d){6,15}(?!\w)/g },
];

/** The end of a secret, unless that would be half of it or more. @example keepEnd('correct-horse', 4) // '***orse' */
export function keepEnd(secret: string, chars: number): string {
  return chars > 0 && secret.length > 2 * chars ? MASK + secret.slice(-chars) : MASK;
}

/** A name as all its spellings have it. @example plainName('api_Key') // 'apikey' */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Makes the mask for these rules. */
export function createTextMask({ fields, charsToKeep }: MaskingRules): TextMask {
  const mask = (secret: string) => keepEnd(secret, charsToKeep);
  const names = new Set(fields.map(plainName));
  const forms = FORMS.filter((form) => form.names.some((name) => names.has(name)));
  const pairs = pairsOf(fields);
  return (text) => {
    if (text.length < 4) return text;
    let masked = withoutUnknownSecrets(text, mask);
    if (pairs && SEPARATOR.test(masked)) masked = masked.replaceAll(pairs, (...found) => maskedPair(found, mask));
    for (const { form, isOne } of forms) masked = masked.replaceAll(form, (found) => (isOne && !isOne(found) ? found : mask(found)));
    return masked;
  };
}

/** Whether a whole number is one that people keep secret, written without its quotes. */
export function isCardNumber(found: string): boolean {
  const digits = found.replaceAll(/[ -]/g, '');
  if (!/^(?:3[0-9]|4\d|5\d|6\d|2[2-7])\d{10,17}$/.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    sum += at % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
  }
  return sum % 10 === 0;
}

const SEPARATOR = /[:=]/;
const MOST_QUOTED = 4096;

/** `password: hunter2`, `"apiKey":"…"`, `token=…`, in JSON that was put into JSON as well. */
function pairsOf(fields: readonly string[]): RegExp | undefined {
  const words = fields.map(wordsOf).filter((parts) => parts.length > 0);
  if (words.length === 0) return undefined;
  const names = words.map((parts) => parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('[ _-]?'));
  const name = `(?<![\\p{L}\\p{N}])(?:${names.join('|')})`;
  const quoted = `"((?:[^"\\\\]|\\\\[\\s\\S]){0,${MOST_QUOTED}})"|'([^'\\n]{0,${MOST_QUOTED}})'`;
  // JSON within JSON: what ends it has as many backslashes as what began it.
  const nested = `(?<deep>\\\\{1,7})"((?:(?!(?<!\\\\)\\k<deep>")[\\s\\S]){0,${MOST_QUOTED}})(?<!\\\\)\\k<deep>"`;
  const bare = `[^\\s"'\\\\,;&<>{}[\\]()]+`;
  return new RegExp(`(?<before>${name}\\\\{0,7}["']?\\s{0,4}(?:=>|[:=])\\s{0,4})(?:${nested}|${quoted}|(${bare}))`, 'giu');
}

/** @example wordsOf('apiKey') // ['api', 'Key'] */
function wordsOf(name: string): string[] {
  return name.match(/\p{Lu}?[\p{Ll}\p{N}\p{Lo}]+|\p{Lu}+(?!\p{Ll})/gu) ?? [];
}

/** What was found, with its value masked and everything around it as it was. */
function maskedPair(found: readonly unknown[], mask: (secret: string) => string): string {
  const { before } = found.at(-1) as { readonly before: string };
  const [whole, , , inDeep, inDouble, inSingle, bare] = found as readonly (string | undefined)[];
  const secret = inDeep ?? inDouble ?? inSingle ?? bare ?? '';
  if (secret === '') return whole ?? '';
  const rest = (whole ?? '').slice(before.length);
  const at = rest.indexOf(secret);
  return before + rest.slice(0, at) + mask(secret) + rest.slice(at + secret.length);
}
