import { kept, localForward, parseTarget, remoteForward, type SshTarget } from '../../operations/ssh/tunnel.ts';
import type { Context } from '../context.ts';
import { paint } from '../output.ts';
import { sshTargetHere } from '../ssh-target.ts';

type Options = { readonly remote?: string; readonly localPort?: number; readonly reverse?: true };

/** Says which SSH commands bring the gateway to another machine, and where they are to be typed. */
export async function tunnel(context: Context, options: Options): Promise<undefined> {
  const { config } = await context.configOrDefaults();
  const { protocol, port } = new URL((await context.address()).url);
  const gateway = { host: config.gateway.network.host, port: Number(port) };
  const here = sshTargetHere(context, config);
  const named = options.remote === undefined ? undefined : parseTarget(options.remote);
  const otherPort = options.localPort ?? gateway.port;
  const url = `${protocol}//127.0.0.1:${otherPort}`;
  const open = [
    '',
    'Then open there:',
    `  ${paint('cyan', `${url}/`)}`,
    otherPort === gateway.port
      ? 'A link that signs you in is printed by `openclaw dashboard` on the gateway’s machine.'
      : 'Sign in with the token that `openclaw gateway token` prints on the gateway’s machine.',
    '',
    'Programs and the command line use the tunnel, too:',
    `  OPENCLAW_GATEWAY_URL=${url} OPENCLAW_GATEWAY_TOKEN=… openclaw status`,
  ];

  if (!options.reverse) {
    const command = localForward({ target: named ?? here, gateway, port: otherPort });
    context.out.result({ ok: true, direction: 'local', command, keep: kept(command), url }, () => [
      'On the machine that you sit at, type this and leave it open:',
      `  ${paint('cyan', command)}`,
      ...open,
      '',
      'For a tunnel that stays for days, let it end when it breaks and be started again, by autossh or a service:',
      `  ${kept(command)}`,
      'Nothing else is opened: the gateway goes on listening where it did.',
    ]);
    return;
  }
  const meeting: SshTarget = named ?? { user: 'you', host: 'server.example.com' };
  const back = remoteForward({ target: meeting, gateway, port: otherPort });
  const there = localForward({ target: meeting, gateway: { host: '127.0.0.1', port: otherPort }, port: otherPort });
  context.out.result({ ok: true, direction: 'remote', command: back, keep: kept(back), connect: there, url }, () => [
    `On the gateway’s machine, type this and leave it open${named ? '' : ' (with a server in it that both machines can reach)'}:`,
    `  ${paint('cyan', back)}`,
    'On the machine that you sit at, type this and leave it open; on the server itself it is not needed:',
    `  ${paint('cyan', there)}`,
    ...open,
    '',
    'For a tunnel that stays for days, let it end when it breaks and be started again, by autossh or a service:',
    `  ${kept(back)}`,
    `The server opens port ${otherPort} for programs on itself only, unless its sshd has GatewayPorts on: leave that off.`,
  ]);
}
