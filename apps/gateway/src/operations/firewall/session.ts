/** From where whoever typed a command is signed in by SSH. `sudo` hides it in its own environment, so those above it are asked. */
import { readFile } from 'node:fs/promises';
import { plainAddress } from '../../access/addresses.ts';

const MAX_ANCESTORS = 30;

export type SshSession = { readonly source: string; readonly port: number };

export async function sshSession(env: NodeJS.ProcessEnv, parent: number = process.ppid): Promise<SshSession | undefined> {
  const own = readConnection(env['SSH_CONNECTION']);
  if (own) return own;
  for (let pid = parent, step = 0; pid > 1 && step < MAX_ANCESTORS; step++) {
    const variables = (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).split('\0');
    const found = readConnection(variables.find((each) => each.startsWith('SSH_CONNECTION='))?.slice('SSH_CONNECTION='.length));
    if (found) return found;
    pid = parentIn(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  }
  return undefined;
}

/** @example readConnection('203.0.113.9 51234 192.0.2.1 22') // { source: '203.0.113.9', port: 22 } */
export function readConnection(written: string | undefined): SshSession | undefined {
  const [from, , , to] = (written ?? '').split(' ');
  const source = plainAddress(from);
  const port = Number(to);
  return source !== undefined && Number.isInteger(port) && port > 0 ? { source, port } : undefined;
}

/** The name of a program, which may hold anything, stands in brackets before it. */
function parentIn(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}
