/** What bash and zsh have in common: functions that say what may follow. The tree is in them; nothing is started to find it out. */
import type { CommandSpec, Values } from './tree.ts';

/**
 * Functions that set `values` or `offers` for the word at the cursor:
 * `__openclaw_look <the word at the cursor> <the words before it, without the program>`.
 */
export function sharedFunctions(tree: readonly CommandSpec[]): string {
  const options = tree.flatMap(({ path, options: own }) =>
    own.flatMap(({ flags, value }) =>
      value ? [`${flags.map((flag) => quote(`${path} ${flag}`)).join('|')}) values=${quote(print(value))} ;;`] : [],
    ),
  );
  const positional = tree.flatMap(({ path, arguments: own }) =>
    own.flatMap((value, index) => (value.kind === 'any' ? [] : [`${quote(`${path} ${index}`)}) values=${quote(print(value))} ;;`])),
  );
  const commands = tree.flatMap(({ path }) => (path === '' ? [] : [quote(path)]));
  const offers = tree.map(({ path, commands: inner, options: own }) => {
    const names = inner.map(({ name, description }) => `${name}\t${description}`);
    const flags = own.map(({ flags: all, description }) => `${all.at(-1)}\t${description}`);
    return `${quote(path)})\n      offers=${lines(names)}\n      flags=${lines(flags)} ;;`;
  });
  return `# Whether these words are a command.
__openclaw_is_command() {
  case $1 in
    ${commands.join('|\\\n    ')}) return 0 ;;
  esac
  return 1
}

# What the value of an option may be; fails where it takes none.
__openclaw_option() {
  case $1 in
    ${options.join('\n    ')}
    *) return 1 ;;
  esac
}

# What the argument with this number may be.
__openclaw_argument() {
  case $1 in
    ${positional.join('\n    ')}
  esac
}

# The commands and options that may follow a command.
__openclaw_offers() {
  case $1 in
    ${offers.join('\n    ')}
  esac
}

__openclaw_look() {
  local cur=$1 at='' option='' count=0 word flags=''
  shift
  values='' offers=''
  for word in "$@"; do
    if [[ -n $option ]] && __openclaw_option "$at $option"; then
      option='' values=''
    elif [[ $word == -* ]]; then
      option=$word
    elif __openclaw_is_command "\${at:+$at }$word"; then
      at=\${at:+$at }$word option=''
    else
      count=$((count + 1)) option=''
    fi
  done
  if [[ -n $option ]] && __openclaw_option "$at $option"; then return; fi
  __openclaw_offers "$at"
  if [[ $cur == -* ]]; then offers=$flags; else __openclaw_argument "$at $count"; fi
}`;
}

function print(value: Values): string {
  if (value.kind === 'words') return `words ${value.words.join(' ')}`;
  return value.kind === 'ask' ? `ask ${value.what}` : value.kind;
}

/** Names of commands, options and values: nothing in them needs an escape. */
const quote = (name: string) => `'${name}'`;

/** Lines of any text, in the quotes that know escapes. */
function lines(texts: readonly string[]): string {
  const escaped = texts.join('\n').replaceAll(/['\\]/g, (character) => `\\${character}`);
  return `$'${escaped.replaceAll('\n', '\\n').replaceAll('\t', '\\t')}'`;
}
