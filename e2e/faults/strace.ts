/** Makes the n-th system call of a kind fail, in a process that knows nothing of it. */
import { existsSync, readFileSync } from 'node:fs';

export type Injection = {
  readonly syscalls: readonly string[];
  readonly error: 'EIO' | 'ENOSPC';
  /** Which call of each thread fails, counted from 1; the ones before and after it succeed. */
  readonly nth: number;
};

export type Hit = { readonly syscall: string; readonly path: string };

/** The command under strace, which writes down the calls of that kind. The process started is the command's own, not strace. */
export function underStrace(command: readonly string[], { syscalls, error, nth }: Injection, traceFile: string): string[] {
  const calls = syscalls.join(',');
  // Without the filter every system call of every thread would stop twice, and a start take ten times as long.
  const flags = ['-D', '-f', '-y', '-qq', '--seccomp-bpf', '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}:when=${nth}`];
  return ['strace', ...flags, '-e', 'signal=none', '-o', traceFile, ...command];
}

/** The calls that were made to fail. */
export function hitsIn(traceFile: string): Hit[] {
  if (!existsSync(traceFile)) return [];
  const lines = readFileSync(traceFile, 'utf8').split('\n');
  return lines.flatMap((line) => {
    if (!line.includes('(INJECTED)')) return [];
    const [, syscall = '', path = ''] = /(\w+)\(\d+<([^>]*)>/.exec(line) ?? [];
    return [{ syscall, path }];
  });
}

export const describeInjection = ({ syscalls, error, nth }: Injection): string => `${error} at ${syscalls.join('/')} ${nth}`;
