const INITIALS = 'abcdefghjklmnopqrstwxyz';
/** The first character of each initial in the order of pinyin. */
const FIRSTS = [...'吖八嚓咑妸发旮哈丌咔垃妈拿喔妑七呥仨他屲夕丫帀'];

const order = new Intl.Collator('zh-CN-u-co-pinyin');

/**
 * The initials of a Chinese text in pinyin, by which one finds it without an input method; empty where there is nothing Chinese.
 * Of a character with several readings it is the one by which dictionaries sort it.
 * @example initialsOf('主题：深色') // 'ztss'
 */
export function initialsOf(text: string): string {
  if (!/\p{Script=Han}/u.test(text)) return '';
  return [...text.toLowerCase()].map(initialOf).join('');
}

function initialOf(character: string): string {
  if (!/\p{Script=Han}/u.test(character)) return /[\p{L}\p{N}]/u.test(character) ? character : '';
  return INITIALS[FIRSTS.findLastIndex((first) => order.compare(first, character) <= 0)] ?? '';
}
