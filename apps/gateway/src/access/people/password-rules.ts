import { GatewayError } from '@openclaw-gateway/events';

const MIN_LENGTH = 12;
const MAX_LENGTH = 256;
const MIN_DISTINCT = 5;
/** What a long password must not be made of: the base of those that guessers try first. */
const COMMON = [
  'password',
  'passwort',
  'qwerty',
  'qwertz',
  'asdfgh',
  'letmein',
  'iloveyou',
  'welcome',
  'administrator',
  'openclaw',
  '123456',
];
const ROWS = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];

/** What people put behind a password when it must be longer. */
const TAILS = [/[!?.*#@$%&+_-]{1,6}$/, /[\d!?.*#@$%&+_-]{1,6}$/];

/**
 * Rejects with `PASSWORD_REFUSED` and what is wrong. Any characters are good: length is what makes a password hard to guess.
 * @example await checkPassword('korrekt pferd batterie', ['ana'])
 */
export async function checkPassword(password: string, names: readonly string[]): Promise<void> {
  const problem = problemOf(password, names) ?? (await leakedProblemOf(password));
  if (problem !== undefined) throw new GatewayError('PASSWORD_REFUSED', { message: `The password ${problem}.` });
}

function problemOf(password: string, names: readonly string[]): string | undefined {
  const length = [...password].length;
  if (length < MIN_LENGTH) return `has ${length} characters; at least ${MIN_LENGTH} are needed`;
  if (length > MAX_LENGTH) return `has ${length} characters; at most ${MAX_LENGTH} are taken`;
  const plain = password.normalize('NFKC').toLowerCase();
  if (new Set(plain).size < MIN_DISTINCT) return `is made of fewer than ${MIN_DISTINCT} different characters`;
  for (const part of [...COMMON, ...names.flatMap(partsOf)]) {
    // What is left must be good enough by itself.
    const rest = plain.replaceAll(part, '');
    if (rest !== plain && [...rest].length < MIN_LENGTH - 4) return `is ${JSON.stringify(part)} with little around it`;
  }
  const rest = ROWS.reduce(withoutRow, plain);
  if ([...rest].length < MIN_LENGTH / 2) return 'is a row of keys, letters or digits';
  return undefined;
}

/** Whether it is one of those that leaks show most often, alone, repeated or with a tail. The list is large and loaded only here. */
async function leakedProblemOf(password: string): Promise<string | undefined> {
  // The bundle has nothing of a CommonJS package but its default.
  const { default: common } = await import('@zxcvbn-ts/language-common');
  const leaked = new Set<string>(common.dictionary['passwords-common']);
  const plain = password.normalize('NFKC').toLowerCase();
  const bare = [plain, ...TAILS.map((tail) => plain.replace(tail, ''))];
  const once = bare.map((text) => /^(.{4,}?)\1+$/s.exec(text)?.[1] ?? text);
  return [...bare, ...once].some((text) => leaked.has(text)) ? 'is among those that are most often found in leaks' : undefined;
}

/** The text without stretches of four or more that stand in a row, forwards or backwards. */
function withoutRow(text: string, row: string): string {
  const both = [row, [...row].reverse().join('')];
  let rest = text;
  for (let at = 0; at + 4 <= rest.length; at++) {
    let length = 0;
    while (length < row.length && at + length < rest.length && both.some((one) => one.includes(rest.slice(at, at + length + 1)))) length++;
    if (length < 4) continue;
    rest = rest.slice(0, at) + rest.slice(at + length);
    at--;
  }
  return rest;
}

/** A name and the parts of an address that are long enough to matter. */
function partsOf(name: string): string[] {
  return [name, ...name.split(/[@._-]/)].map((part) => part.toLowerCase()).filter((part) => part.length >= 3);
}
