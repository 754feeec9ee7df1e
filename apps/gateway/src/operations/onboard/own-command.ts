/** Runs another command of this program as a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ERRORS, type ErrorCode, GatewayError } from '@openclaw-gateway/events';

/** The exit code of a command that did what it was to do. */
const ANSWERED: ReadonlySet<number> = new Set([0]);

const LAUNCHER = fileURLToPath(new URL('../../../bin/openclaw.mjs', import.meta.url));

/**
 * Resolves with what `openclaw … --json` answered. Throws what it failed with. It has a process group of its own: a Ctrl+C on the
 * terminal does not end it halfway. `answers` are the exit codes with which it answers, 0 when left out; the signal ends it.
 */
export async function runOwnCommand<T>(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { answers = ANSWERED, signal }: { readonly answers?: ReadonlySet<number>; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const child = spawn(process.execPath, [LAUNCHER, ...args, '--json'], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const answer = lastDocument(stdout);
  if (code !== null && answers.has(code) && answer !== undefined && !failureIn(answer)) return answer as T;
  throw (
    failureIn(answer) ??
    new GatewayError('INTERNAL', {
      message: `\`openclaw ${args.join(' ')}\` ended with exit code ${code}. ${(stderr || stdout).trim().slice(-500)}`.trim(),
    })
  );
}

function lastDocument(stdout: string): unknown {
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  } catch {
    return undefined;
  }
}

function failureIn(answer: unknown): GatewayError | undefined {
  const error = (answer as { error?: { code: string; message: string; details?: Record<string, unknown>; remedy?: string } } | undefined)
    ?.error;
  if (!error || !(error.code in ERRORS)) return undefined;
  const { code, message, details, remedy } = error;
  return GatewayError.fromBody({ code: code as ErrorCode, message, details: { ...details, ...(remedy && { remedy }) } });
}
