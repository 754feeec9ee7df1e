import { spawn } from 'node:child_process';
import { GatewayError } from '@openclaw-gateway/events';
import { localForward } from '../../operations/ssh/tunnel.ts';
import type { Api } from '../api.ts';
import type { Context } from '../context.ts';
import { formatTime, paint } from '../output.ts';
import { sshTargetHere } from '../ssh-target.ts';

/** Prints a link that signs a browser in once, and opens it where there is a browser. Where there is none it says how to get there. */
export async function dashboard(context: Context, options: { readonly open: boolean }): Promise<undefined> {
  const api = await context.apiIfRunning();
  if (!api) {
    throw new GatewayError('GATEWAY_UNREACHABLE', {
      message: 'The gateway is stopped, so there is no dashboard to open.',
      details: { remedy: 'Start it with `openclaw gateway start`, then run `openclaw dashboard` again.' },
    });
  }
  const link = await makeLink(api, context, options.open && !context.out.json);
  context.out.result({ ok: true, ...link }, () => describeLink(link));
}

export type SignInLink = { readonly url: string; readonly expiresAt: number; readonly opened: boolean; readonly tunnel?: string };

/** Makes a link that signs a browser in once, and opens it where that is asked for and there is a browser. */
export async function makeLink(api: Api, context: Context, open: boolean): Promise<SignInLink> {
  const { url, expiresAt } = await api.send<{ url: string; expiresAt: number }>('POST', '/api/sign-in-links', {});
  const opened = open && (await openBrowser(url, context.env));
  const tunnel = opened ? undefined : await tunnelTo(context, api.url, url);
  return { url, expiresAt, opened, ...(tunnel !== undefined && { tunnel }) };
}

export function describeLink({ url, expiresAt, opened, tunnel }: SignInLink): string[] {
  return [
    ...(tunnel === undefined
      ? []
      : ['Your browser is on another machine? Type this there first, and leave it open:', `  ${paint('cyan', tunnel)}`, '']),
    ...(opened ? ['Opening the dashboard in your browser. If it does not appear, use this link:'] : ['Open this link in a browser:']),
    paint('cyan', url),
    `It signs you in once, until ${formatTime(expiresAt)}.`,
  ];
}

/** What brings a gateway that only this machine reaches to the one with the browser; nothing where that is this one, or where none is needed. */
async function tunnelTo(context: Context, gatewayUrl: string, link: string): Promise<string | undefined> {
  if (context.remote !== undefined || isLocalDisplay(context.env)) return undefined;
  const { host, hostname, port } = new URL(gatewayUrl);
  // The link has the public address where there is one.
  if (new URL(link).host !== host) return undefined;
  const target = sshTargetHere(context, (await context.configOrDefaults()).config);
  return localForward({ target, gateway: { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) }, port: Number(port) });
}

function openBrowser(url: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (!isLocalDisplay(env)) return Promise.resolve(false);
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open';
  return new Promise((resolve) => {
    const child = spawn(command, [url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

function isLocalDisplay(env: NodeJS.ProcessEnv): boolean {
  if (env['SSH_CONNECTION'] || process.platform === 'win32') return false;
  return process.platform === 'darwin' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}
