/** Runs the `tailscale` program, and puts its refusals into words with what to do about them. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { GatewayError } from '@openclaw-gateway/events';

export type Tailscale = (args: readonly string[], options?: { readonly timeoutMs?: number }) => Promise<string>;

const TIMEOUT_MS = 20_000;
const MAX_OUTPUT = 1024 * 1024;
const MAC_APP = '/Applications/Tailscale.app/Contents/MacOS/Tailscale';
/** What the program needs of the environment; the gateway's secrets are not among it. */
const PASSED = /^(PATH|HOME|USER|LOGNAME|LANG|LC_ALL|TMPDIR|XDG_RUNTIME_DIR|SystemRoot|TS_[A-Z_]+|TAILSCALE_[A-Z_]+)$/;
/** Where the program would go on asking somebody to turn a feature on. */
const ENABLE_URL = /https:\/\/login\.tailscale\.com\/f\/\S+/;

/**
 * The program as a function of its arguments: resolves with what it writes to stdout. Throws TAILSCALE_NOT_INSTALLED,
 * TAILSCALE_NOT_RUNNING, TAILSCALE_FORBIDDEN, TAILSCALE_FUNNEL_NOT_ALLOWED, TAILSCALE_HTTPS_OFF, TAILSCALE_FAILED.
 */
export function tailscaleProgram(env: NodeJS.ProcessEnv, signal?: AbortSignal): Tailscale {
  const program = env['OPENCLAW_TAILSCALE_BIN'] || (existsSync(MAC_APP) ? MAC_APP : 'tailscale');
  const passed = Object.fromEntries(Object.entries(env).filter(([name]) => PASSED.test(name))) as NodeJS.ProcessEnv;
  return (args, { timeoutMs = TIMEOUT_MS } = {}) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(failed('the gateway is stopping'));
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: passed });
      let stdout = '';
      let stderr = '';
      let isOver = false;
      const finish = (settle: () => void): void => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        child.kill('SIGKILL');
        settle();
      };
      const fail = (said: string) => finish(() => reject(explain(args, said)));
      const stop = () => fail('the gateway is stopping');
      signal?.addEventListener('abort', stop, { once: true });
      const timer = setTimeout(() => fail(`${stdout}\n${stderr}\nno answer within ${timeoutMs / 1000} s`), timeoutMs);
      const hear = () => {
        if (ENABLE_URL.test(stdout + stderr) || stdout.length + stderr.length > MAX_OUTPUT) fail(`${stdout}\n${stderr}`);
      };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        hear();
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
        hear();
      });
      child.once('error', (error) => finish(() => reject(notStarted(program, error))));
      child.once('close', (code) => (code === 0 ? finish(() => resolve(stdout)) : fail(`${stderr}\n${stdout}`)));
    });
}

function notStarted(program: string, error: NodeJS.ErrnoException): GatewayError {
  if (error.code !== 'ENOENT') return failed(`it cannot be started: ${error.message}`);
  if (program === 'tailscale') return new GatewayError('TAILSCALE_NOT_INSTALLED');
  const message = `There is no program ${program}, where OPENCLAW_TAILSCALE_BIN says that Tailscale is.`;
  return new GatewayError('TAILSCALE_NOT_INSTALLED', { message, details: { remedy: 'Correct OPENCLAW_TAILSCALE_BIN, or unset it.' } });
}

function explain(args: readonly string[], said: string): GatewayError {
  const enable = ENABLE_URL.exec(said)?.[0];
  if (/funnel not available; HTTPS must be enabled/i.test(said)) return new GatewayError('TAILSCALE_HTTPS_OFF');
  if (args[0] === 'funnel' && (enable || /funnel not available|not allowed for funnel|not enabled on your tailnet/i.test(said))) {
    const allowed = /allowed ports are: (.*)/i.exec(said)?.[1];
    return new GatewayError('TAILSCALE_FUNNEL_NOT_ALLOWED', {
      ...(allowed && { message: `The tailnet does not allow this machine to publish port 443 by Funnel; allowed are ${allowed.trim()}.` }),
      ...(enable && { details: { remedy: `Allow it at ${enable} ; the gateway tries again by itself.`, url: enable } }),
    });
  }
  if (enable) {
    return new GatewayError('TAILSCALE_HTTPS_OFF', {
      details: { remedy: `Turn it on at ${enable} ; the gateway tries again by itself.`, url: enable },
    });
  }
  if (/access denied|permission denied|operator=/i.test(said)) {
    return new GatewayError('TAILSCALE_FORBIDDEN', {
      details: { remedy: `Run once: sudo tailscale set --operator=${userName()} ; the gateway tries again by itself.` },
    });
  }
  if (/failed to connect to local tailscale|tailscaled\.sock|is tailscale running/i.test(said)) {
    return new GatewayError('TAILSCALE_NOT_RUNNING');
  }
  return failed(`\`tailscale ${args.join(' ')}\` said: ${shorten(said)}`);
}

function failed(reason: string): GatewayError {
  return new GatewayError('TAILSCALE_FAILED', { message: `Tailscale did not do what it was asked: ${reason}` });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '$USER';
  }
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 300 ? line : `${line.slice(0, 299)}…`;
}
