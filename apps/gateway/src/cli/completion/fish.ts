import type { CommandSpec, OptionSpec, Values } from './tree.ts';

/** The completion script for fish. */
export function fishScript(tree: readonly CommandSpec[]): string {
  const withValue = tree.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) => (value ? flags.map((flag) => quote(`${path} ${flag}`)) : [])),
  );
  const commands = tree.flatMap(({ path }) => (path === '' ? [] : [quote(path)]));
  return `# Completion of the openclaw command for fish. Made by \`openclaw completion fish\`.

# Whether what is typed so far is this command, and has so many arguments.
function __openclaw_at
    set -l at ''
    set -l option ''
    set -l count 0
    for word in (commandline -opc)[2..-1]
        set -l next (string trim -- "$at $word")
        if test -n "$option"; and contains -- "$at $option" ${withValue.join(' ')}
            set option ''
        else if string match -q -- '-*' $word
            set option $word
        else if contains -- $next ${commands.join(' ')}
            set at $next
            set option ''
        else
            set count (math $count + 1)
            set option ''
        end
    end
    test "$at" = "$argv[1]"; and begin
        not set -q argv[2]; or test $count = $argv[2]
    end
end

complete -c openclaw -f
${tree.flatMap(describeCommand).join('\n')}
`;
}

function describeCommand({ path, commands, options, arguments: positional }: CommandSpec): string[] {
  const at = (count?: number) => `-n ${quote(`__openclaw_at ${quote(path)}${count === undefined ? '' : ` ${count}`}`)}`;
  return [
    ...commands.map(({ name, description }) => `complete -c openclaw ${at(0)} -a ${name} -d ${quote(description)}`),
    ...options.map((option) => `complete -c openclaw ${at()} ${describeOption(option)} -d ${quote(option.description)}`),
    ...positional.flatMap((value, index) => (value.kind === 'any' ? [] : [`complete -c openclaw ${at(index)} ${describeValues(value)}`])),
  ];
}

function describeOption({ flags, value }: OptionSpec): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
  if (!value) return names;
  // Without files, where they make no sense.
  return `${names} ${value.kind === 'files' ? '-r' : '-x'} ${describeValues(value)}`.trim();
}

function describeValues(value: Values): string {
  if (value.kind === 'words') return `-a ${quote(value.words.join(' '))}`;
  if (value.kind === 'ask') return `-a ${quote(`(openclaw __complete ${value.what} 2>/dev/null)`)}`;
  if (value.kind === 'files') return '-F';
  return value.kind === 'folders' ? `-a '(__fish_complete_directories)'` : '';
}

/** In single quotes, within which fish knows only \`\\'\` and \`\\\\\`. */
function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, (character) => `\\${character}`)}'`;
}
