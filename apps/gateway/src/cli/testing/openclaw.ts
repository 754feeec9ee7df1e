/** The command line as a process, on a state directory of a test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../../bin/openclaw.mjs', import.meta.url));
/** Of the machine's own settings, these would decide what a command does or prints. */
const LEFT_OUT = ['OPENCLAW_CONFIG_PATH', 'OPENCLAW_GATEWAY_TOKEN', 'OPENCLAW_HOME', 'FORCE_COLOR', 'DISPLAY', 'WAYLAND_DISPLAY'];

export type CommandResult = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs `openclaw …` to its end, with `input` on its standard input. */
export async function runOpenclaw(stateDir: string, args: readonly string[], input?: string): Promise<CommandResult> {
  const env: NodeJS.ProcessEnv = { ...process.env, OPENCLAW_STATE_DIR: stateDir, NO_COLOR: '1' };
  for (const name of LEFT_OUT) delete env[name];
  const child = spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  // A command that does not read has ended before this is written.
  child.stdin.on('error', () => undefined).end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
