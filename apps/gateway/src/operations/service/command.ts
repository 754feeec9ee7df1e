/** Calls a program of the service manager and takes what it says. */
import { execFile } from 'node:child_process';

export type Said = { readonly code: number; readonly stdout: string; readonly stderr: string };

const MAX_OUTPUT_BYTES = 1024 * 1024;

/** Runs a program to its end; one that does not exist or does not answer in time is a failure like any other. */
export function ask(
  program: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly timeoutMs: number },
): Promise<Said> {
  return new Promise((resolve) => {
    const { env, timeoutMs } = options;
    execFile(program, args, { env, timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (!error) return resolve({ code: 0, stdout, stderr });
      const { code, killed } = error as { code?: number | string; killed?: boolean };
      if (code === 'ENOENT') return resolve({ code: 127, stdout, stderr: `${program}: no such program` });
      if (killed) return resolve({ code: 124, stdout, stderr: `${program} did not answer within ${Math.round(timeoutMs / 1000)} s` });
      resolve({ code: typeof code === 'number' ? code : 1, stdout, stderr: stderr || error.message });
    });
  });
}

/** The last line of what a program said about its failure. */
export function reasonOf({ code, stdout, stderr }: Said): string {
  const lines = (stderr.trim() || stdout.trim()).split('\n');
  return lines.at(-1)?.trim().replace(/\.$/, '') || `exit code ${code}`;
}
