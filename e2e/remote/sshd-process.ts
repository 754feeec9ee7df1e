/** The real sshd as a child process on a port of its own, with keys made for it and for one visitor. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureProgram } from '../../scripts/programs.mjs';
import { until } from '../gateway-process.ts';
import { type Child, startChild } from './child.ts';
import { freePorts } from './free-port.ts';

const run = promisify(execFile);

export type SshdProcess = AsyncDisposable & {
  readonly port: number;
  readonly user: string;
  /** Runs an `ssh …` command as a person would type it, with the visitor's key and without this machine's own settings. */
  readonly type: (command: string) => Child;
};

export async function startSshd(): Promise<SshdProcess> {
  await ensureProgram('sshd');
  const { stdout: path } = await run('sh', ['-c', 'PATH=$PATH:/usr/sbin command -v sshd']);
  await using stack = new AsyncDisposableStack();
  const dir = stack.adopt(await mkdtemp(join(tmpdir(), 'sshd-')), (folder) => rm(folder, { recursive: true, force: true }));
  const [port = 0] = await freePorts(1);
  for (const name of ['host', 'visitor']) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(dir, name)]);
  await copyFile(join(dir, 'visitor.pub'), join(dir, 'authorized_keys'));
  // A folder that sshd wants to see when it is started by root.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(dir, 'host')}`,
    `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'StrictModes no',
    'PidFile none',
    'AllowTcpForwarding yes',
  ];
  await writeFile(join(dir, 'sshd_config'), `${settings.join('\n')}\n`);
  const sshd = stack.adopt(startChild(path.trim(), ['-D', '-e', '-f', join(dir, 'sshd_config')]), (child) => child.stop());
  await until('sshd listens', () => {
    if (sshd.code() !== null) throw new Error(`sshd ended with ${sshd.code()}:\n${sshd.output()}`);
    return sshd.output().includes('Server listening') || undefined;
  });
  const quiet = ['-F', 'none', '-i', join(dir, 'visitor'), '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no'];
  const options = [...quiet, '-o', `UserKnownHostsFile=${join(dir, 'known_hosts')}`, '-o', 'ExitOnForwardFailure=yes'];
  const resources = stack.move();
  return {
    port,
    user: userInfo().username,
    type: (command) => {
      const [program = '', ...args] = command.split(' ');
      return startChild(program, [...options, ...args]);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
