/** A real terminal of its own, driven as a person does: keys in, the screen out. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { ensureProgram } from '../scripts/programs.mjs';
import { until } from './gateway-process.ts';

export type Terminal = AsyncDisposable & {
  /** Everything on the screen. */
  readonly screen: () => Promise<string>;
  /** Presses keys in tmux's names: `Enter`, `Down`, `Space`, `C-c`; anything else is typed as it is. */
  readonly press: (...keys: readonly string[]) => Promise<void>;
  /** Resolves with the screen once it shows this. */
  readonly shows: (text: string | RegExp) => Promise<string>;
};

/** Runs a command on a terminal of 110 × 70; when it has ended, the screen shows `exit code <n>`. */
export async function openTerminal(command: readonly string[], env: Readonly<Record<string, string>>): Promise<Terminal> {
  await ensureProgram('tmux');
  const name = `openclaw-${randomBytes(6).toString('hex')}`;
  const tmux = async (...args: readonly string[]) =>
    (await promisify(execFile)('tmux', ['-L', name, '-f', '/dev/null', ...args], { env })).stdout;
  // A Ctrl+C goes to the shell, too, which must outlive the command.
  const line = `trap : INT; ${command.map((part) => `'${part}'`).join(' ')}; echo "exit code $?"; exec cat`;
  await tmux('new-session', '-d', '-x', '110', '-y', '70', `sh -c ${JSON.stringify(line).replaceAll('$', '\\$')}`);
  const screen = () => tmux('capture-pane', '-p', '-S', '-');
  return {
    screen,
    press: async (...keys) => {
      for (const key of keys) await tmux('send-keys', key);
    },
    shows: async (text) => {
      let last = '';
      const found = async () => {
        last = await screen();
        return (typeof text === 'string' ? last.includes(text) : text.test(last)) ? last : undefined;
      };
      return until(`the terminal shows ${text}`, found, 60_000).catch((error: Error) => {
        throw new Error(`${error.message}\n${last.trim()}`);
      });
    },
    [Symbol.asyncDispose]: async () => {
      await tmux('kill-server').catch(() => undefined);
    },
  };
}
