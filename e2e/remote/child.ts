/** A program that ends with whoever started it, even when that is killed. */
import { spawn } from 'node:child_process';

/** Waits for the program, and ends it once nobody holds the other end of stdin any more. */
const GUARD = 'exec 3<&0; "$@" 3<&- & pid=$!; (cat <&3 >/dev/null; kill -9 $pid) 2>/dev/null & wait $pid';

export type Child = {
  /** Everything it wrote. */
  readonly output: () => string;
  /** Its exit code, once it has ended by itself. */
  readonly code: () => number | null;
  /** Ends it at once; resolves when it is gone. */
  readonly stop: () => Promise<void>;
};

export function startChild(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Child {
  const child = spawn('sh', ['-c', GUARD, 'sh', program, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    output: () => output,
    code: () => child.exitCode,
    stop: async () => {
      child.stdin.end();
      await closed;
    },
  };
}
