/** The commands that bring a gateway, which listens on its own machine only, to another one by SSH. Pure. */
import { GatewayError } from '@openclaw-gateway/events';

/** A machine as `ssh` is told of it. */
export type SshTarget = { readonly user?: string; readonly host: string; readonly port?: number };

export type Forwarding = {
  readonly target: SshTarget;
  /** Where the gateway listens, on its own machine. */
  readonly gateway: { readonly host: string; readonly port: number };
  /** The port at the other end. */
  readonly port: number;
};

/** To be typed on one's own machine: its port leads to the gateway, which is on the target or can be reached from there. */
export function localForward({ target, gateway, port }: Forwarding): string {
  return `ssh -N -L ${port}:${hostPort(gateway)} ${sshArgs(target)}`;
}

/** To be typed on the gateway's machine: a port of the target leads back to the gateway. */
export function remoteForward({ target, gateway, port }: Forwarding): string {
  return `ssh -N -R ${port}:${hostPort(gateway)} ${sshArgs(target)}`;
}

/** The same command for a tunnel that stays for days: it ends when it cannot do its work, so that it can be started again. */
export function kept(command: string): string {
  return command.replace('ssh -N', 'ssh -N -o ExitOnForwardFailure=yes -o ServerAliveInterval=30');
}

/** How the gateway's machine is reached by whoever is signed in to it now, as far as that can be known here. */
export function guessTarget(
  env: NodeJS.ProcessEnv,
  own: { readonly user: string; readonly hostname: string; readonly publicHost?: string },
): SshTarget {
  // The client's address and port, then the server's own.
  const [, , address = '', port = ''] = env['SSH_CONNECTION']?.split(' ') ?? [];
  const user = { user: own.user };
  if (/^[0-9a-f:.]+$/i.test(address)) return { ...user, host: address, ...(/^\d+$/.test(port) && port !== '22' && { port: Number(port) }) };
  return { ...user, host: own.publicHost ?? own.hostname };
}

/** Reads `user@host`, `host` or `user@host:port`. Throws USAGE. */
export function parseTarget(text: string): SshTarget {
  const match = /^(?:([\w][\w.-]*)@)?([a-z0-9][a-z0-9.-]*|[0-9a-f:]*:[0-9a-f:]+:[0-9a-f:.]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i.exec(text);
  const [, user, host = '', port] = match ?? [];
  if (!match || Number(port ?? 1) > 65_535) {
    throw new GatewayError('USAGE', {
      message: `--remote ${JSON.stringify(text)} does not fit.`,
      details: { remedy: 'Expected a machine as ssh knows it: user@host, host, or user@host:port.' },
    });
  }
  return { ...(user !== undefined && { user }), host: host.replace(/^\[|\]$/g, ''), ...(port !== undefined && { port: Number(port) }) };
}

function sshArgs({ user, host, port }: SshTarget): string {
  return `${port === undefined || port === 22 ? '' : `-p ${port} `}${user === undefined ? '' : `${user}@`}${host}`;
}

function hostPort({ host, port }: Forwarding['gateway']): string {
  const reached = host === '0.0.0.0' || host === 'localhost' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}
