import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export type Child = {
  /** Lines that came so far. */
  readonly lines: readonly string[];
  /** Resolves once there are so many lines. Rejects when the process ends before. */
  untilLines(count: number): Promise<void>;
  kill(): void;
  readonly ended: Promise<void>;
};

/** Runs a program of this folder in a process of its own. `shell` is typed before it, for instance `ulimit -f 100`. */
export function runChild(program: string, args: readonly string[], shell = 'true'): Child {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn('/bin/sh', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  let rest = '';
  let notify = (): void => undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    notify();
  });
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      hasEnded = true;
      notify();
      resolve();
    });
  });
  return {
    lines,
    ended,
    kill: () => void child.kill('SIGKILL'),
    async untilLines(count) {
      while (lines.length < count) {
        if (hasEnded) throw new Error(`the process ended after ${lines.length} lines`);
        await new Promise<void>((resolve) => {
          notify = resolve;
        });
      }
    },
  };
}
