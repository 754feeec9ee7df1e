/** The tree of commands as a shell needs it: what may follow where. */
import type { Command, Option } from 'commander';

/** What a word may be: one of these, a file, a folder, something that the program is asked for, or anything. */
export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' | 'folders' | 'any' }
  | { readonly kind: 'ask'; readonly what: Question };

/** What `openclaw __complete <question>` answers. */
export type Question = 'config-keys' | 'sessions';

export type OptionSpec = {
  /** `-o` and `--output`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Absent where it takes none. */
  readonly value?: Values;
};

export type CommandSpec = {
  /** Without `openclaw`: `gateway run`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionSpec[];
  readonly arguments: readonly Values[];
};

/** `gateway --port 1` is `gateway run --port 1`. */
const UNNAMED: Readonly<Record<string, string>> = { gateway: 'run' };

/** Every command that help shows, the program itself first. */
export function describeTree(program: Command): readonly CommandSpec[] {
  return describeCommand(program, []);
}

function describeCommand(command: Command, path: readonly string[]): CommandSpec[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const unnamed = commands.find((inner) => path.length === 1 && inner.name() === UNNAMED[path[0] ?? '']);
  const options = [...help.visibleOptions(command), ...(unnamed ? unnamed.createHelp().visibleOptions(unnamed) : [])];
  const own: CommandSpec = {
    path: path.join(' '),
    commands: commands.map((inner) => ({ name: inner.name(), description: inner.description() })),
    options: [...new Map(options.map((option) => [option.long ?? option.flags, describeOption(option, path)])).values()],
    arguments: command.registeredArguments.map((argument) =>
      argument.argChoices ? words(argument.argChoices) : valuesOf(argument.name(), path, argument.name()),
    ),
  };
  return [own, ...commands.flatMap((inner) => describeCommand(inner, [...path, inner.name()]))];
}

function describeOption(option: Option, path: readonly string[]): OptionSpec {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined);
  const placeholder = /[<[]([\w-]+)/.exec(option.flags)?.[1];
  if (placeholder === undefined) return { flags, description: option.description };
  const value = option.argChoices ? words(option.argChoices) : valuesOf(placeholder, path, option.attributeName());
  return { flags, description: option.description, value };
}

/** What a placeholder stands for: `<file>` says it itself, `<id>` depends on whose it is. */
function valuesOf(placeholder: string, path: readonly string[], name: string): Values {
  if (placeholder === 'file') return { kind: 'files' };
  if (placeholder === 'folder' || placeholder === 'dir') return { kind: 'folders' };
  if (placeholder === 'path') return path[0] === 'config' ? { kind: 'ask', what: 'config-keys' } : { kind: 'files' };
  const isSession = name === 'session' || (name === 'id' && (path[0] === 'sessions' || path.join(' ') === 'replay session'));
  return isSession ? { kind: 'ask', what: 'sessions' } : { kind: 'any' };
}

function words(choices: readonly string[]): Values {
  return { kind: 'words', words: choices };
}
