/** Runs the machine's firewall programs. */
import { execFile } from 'node:child_process';
import { GatewayError } from '@openclaw-gateway/events/errors';

const TIMEOUT_MS = 15_000;
/** Users other than root often lack these in their PATH. */
const SYSTEM_PATHS = '/usr/local/sbin:/usr/sbin:/sbin';

export type Said = { readonly code: number; readonly stdout: string; readonly stderr: string };
/** Runs a program with this text on its stdin. A program that is not there has the code 127. */
export type RunProgram = (command: readonly string[], input?: string) => Promise<Said>;

export const runProgram: RunProgram = ([program = '', ...args], input) =>
  new Promise((resolve) => {
    const env = { PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:${SYSTEM_PATHS}`, LC_ALL: 'C' };
    const child = execFile(program, args, { env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      const { code = 0 } = (error ?? {}) as { code?: number | string };
      if (code === 'ENOENT') return resolve({ code: 127, stdout, stderr: `${program}: no such program` });
      resolve({ code: error ? (typeof code === 'number' ? code : 1) : 0, stdout, stderr: stderr || (error?.message ?? '') });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });

/** Runs it, or throws FIREWALL_FAILED with its own words. */
export async function must(run: RunProgram, command: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, input);
  if (code === 0) return stdout;
  const remedy =
    code === 127
      ? `Install ${command[0]?.startsWith('nft') ? 'nftables' : 'iptables'}, or set gateway.security.firewall.type to the other one.`
      : undefined;
  throw new GatewayError('FIREWALL_FAILED', {
    message: `\`${command.join(' ')}\` failed: ${(stderr.trim() || stdout.trim() || `exit code ${code}`).slice(0, 1000)}`,
    details: { command: command.join(' '), ...(remedy !== undefined && { remedy }) },
  });
}
