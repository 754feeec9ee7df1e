/**
 * Answers as the `tailscale` program does, from a file that says how the machine stands: the same arguments, output, exit codes
 * and words of refusal. Called with the folder of that file first, by the script that `installTailscale` puts on the PATH.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TailscaleState, takeTurn, writeState } from './tailscale-state.ts';

const [folder = '', ...args] = process.argv.slice(2);
const file = join(folder, 'state.json');
const release = takeTurn(folder);
process.once('exit', release);
const state = JSON.parse(readFileSync(file, 'utf8')) as TailscaleState;
const save = () => writeState(file, state);
appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify({ args, environment: Object.keys(process.env) })}\n`);

const refuse = (text: string): never => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};
const denied = (what: string) =>
  refuse(`${what}\n\nUse 'sudo tailscale ${args.join(' ')}'.\nTo not require root, use 'sudo tailscale set --operator=$USER' once.`);
/** Asks somebody to turn a feature on, and waits for that. */
const waitForFeature = (name: string, title: string): void => {
  const url = `https://login.tailscale.com/f/${name}?node=nStandIn1CNTRL`;
  process.stdout.write(`\n${title} is not enabled on your tailnet.\nTo enable, visit:\n\n         ${url}\n\n`);
  release();
  setInterval(() => undefined, 60_000);
};
const flag = (name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const name = () => `${(state.hostname || state.machine).toLowerCase()}.tail1a2b3.ts.net`;

if (!state.daemon) {
  refuse("failed to connect to local tailscaled; it doesn't appear to be running (sudo systemctl start tailscaled ?)");
}
const [command, second] = args;
if (command === 'status') {
  const isRunning = state.backend === 'Running';
  process.stdout.write(
    JSON.stringify(
      {
        Version: '1.98.9-t2d0fbd4f7',
        TUN: true,
        BackendState: state.backend,
        HaveNodeKey: isRunning,
        AuthURL: state.authUrl,
        TailscaleIPs: isRunning ? ['100.101.102.103', 'fd7a:115c:a1e0::1'] : null,
        Self: {
          ID: 'nStandIn1CNTRL',
          HostName: state.machine,
          DNSName: isRunning ? `${name()}.` : '',
          TailscaleIPs: isRunning ? ['100.101.102.103', 'fd7a:115c:a1e0::1'] : null,
          CapMap: { ...(state.https && { https: null }), ...(state.funnel && { funnel: null }) },
        },
        Health: isRunning ? [] : ['state=NeedsLogin'],
        MagicDNSSuffix: 'tail1a2b3.ts.net',
        CertDomains: isRunning && state.https ? [name()] : null,
        Peer: null,
      },
      null,
      2,
    ),
  );
} else if (command === 'debug' && second === 'prefs') {
  const { hostname: Hostname, acceptRoutes: RouteAll } = state;
  const AdvertiseRoutes = state.exitNode ? ['0.0.0.0/0', '::/0'] : null;
  process.stdout.write(
    `${JSON.stringify({ ControlURL: 'https://controlplane.tailscale.com', RouteAll, Hostname, AdvertiseRoutes }, null, '\t')}\n`,
  );
} else if (command === 'set') {
  if (!state.operator) denied('Access denied: prefs write access denied');
  state.hostname = flag('hostname') ?? state.hostname;
  state.acceptRoutes = (flag('accept-routes') ?? String(state.acceptRoutes)) === 'true';
  state.exitNode = (flag('advertise-exit-node') ?? String(state.exitNode)) === 'true';
  save();
} else if ((command === 'serve' || command === 'funnel') && second === 'status') {
  process.stdout.write(`${JSON.stringify(state.serve, null, 2)}\n`);
} else if (command === 'serve' || command === 'funnel') {
  serve(command === 'funnel');
} else {
  refuse(`unknown subcommand: ${command}`);
}

function serve(isPublic: boolean): void {
  const target = args.at(-1) ?? '';
  const https = flag('https');
  const port = https ?? flag('tcp') ?? '443';
  const at = `${name()}:${port}`;
  const path = flag('set-path') ?? '/';
  if (isPublic && !(state.https && state.funnel)) {
    if (state.asks) {
      waitForFeature('funnel', 'Funnel');
      return;
    }
    if (!state.https) refuse('Funnel not available; HTTPS must be enabled. See https://tailscale.com/s/https.');
    refuse('Funnel not available; "funnel" node attribute not set. See https://tailscale.com/s/no-funnel.');
  }
  if (target !== 'off' && https !== undefined && !state.https && state.asks) {
    waitForFeature('serve', 'Serve');
    return;
  }
  if (!state.operator) denied('sending serve config: Access denied: serve config denied');
  state.serve.TCP ??= {};
  state.serve.Web ??= {};
  state.serve.AllowFunnel ??= {};
  if (target === 'off') {
    const handlers = state.serve.Web[at]?.Handlers;
    if (https === undefined) {
      if (!state.serve.TCP[port])
        refuse('error: failed to remove TCP serve: serve config does not exist\n\ntry `tailscale serve --help` for usage info');
      delete state.serve.TCP[port];
    } else if (!handlers?.[path]) {
      refuse('error: failed to remove web serve: handler does not exist\n\ntry `tailscale serve --help` for usage info');
    } else {
      delete handlers[path];
      if (Object.keys(handlers).length === 0) {
        delete state.serve.Web[at];
        delete state.serve.TCP[port];
        delete state.serve.AllowFunnel[at];
      }
    }
  } else {
    const kind = https === undefined ? 'tcp' : 'https';
    const handler = state.serve.TCP[port];
    const present = handler?.HTTPS ? 'https' : handler ? 'tcp' : kind;
    if (present !== kind) refuse(`want to serve "${kind}" but port is already serving "${present}" for "machine"`);
    if (!args.includes('--bg')) refuse('foreground is not for a stand-in');
    if (kind === 'tcp') state.serve.TCP[port] = { TCPForward: target.replace('tcp://', '') };
    else {
      state.serve.TCP[port] = { HTTPS: true };
      state.serve.Web[at] = { Handlers: { ...state.serve.Web[at]?.Handlers, [path]: { Proxy: target } } };
    }
    if (isPublic) state.serve.AllowFunnel[at] = true;
    else delete state.serve.AllowFunnel[at];
    process.stdout.write(
      `${isPublic ? 'Available on the internet:' : 'Available within your tailnet:'}\n\nhttps://${name()}/\n|-- proxy ${target}\n\n`,
    );
  }
  save();
}
