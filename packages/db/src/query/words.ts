/**
 * Text as words that can be found again: lower case, without accents, without punctuation. Each character of a script that
 * puts no spaces between its words stands alone, so that a word is found inside a sentence as a row of characters.
 */

const PLAIN = /^[\x20-\x7e\s]*$/;
/** Letters and digits in a row, but each one alone where it is of a script without spaces. */
const WORD =
  /[[\p{L}\p{N}\p{M}]&&[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]]|[[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]]+/gv;
const ACCENTS = /[\u0300-\u036f]/g;

/** The words of a text in their order. @example words('Über 天气!') // ['uber', '天', '气'] */
export function words(text: string): string[] {
  if (PLAIN.test(text)) return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const folded = text.normalize('NFKD').replace(ACCENTS, '').toLowerCase().normalize('NFC');
  return folded.match(WORD) ?? [];
}

/**
 * The text as a full-text index takes it: it finds in it the same words as `words` does. @example toIndexable('Hi 天气') // 'hi 天 气'
 */
export function toIndexable(text: string): string {
  return PLAIN.test(text) ? text : words(text).join(' ');
}

/** Words that must follow each other; with `prefix` the last one may go on. */
export type Phrase = { readonly words: readonly string[]; readonly prefix: boolean };

/** Whether the words of a text have the phrase in them. */
export function hasPhrase(text: readonly string[], { words: wanted, prefix }: Phrase): boolean {
  const last = wanted.length - 1;
  for (let start = 0; start + last < text.length; start++) {
    let at = 0;
    while (at <= last && (text[start + at] === wanted[at] || (prefix && at === last && text[start + at]?.startsWith(wanted[at] ?? ''))))
      at += 1;
    if (at > last) return true;
  }
  return false;
}
