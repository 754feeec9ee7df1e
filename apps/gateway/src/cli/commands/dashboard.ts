import { spawn } from 'node:child_process';
import { GatewayError } from '@openclaw-gateway/events';
import type { Api } from '../api.ts';
import type { Context } from '../context.ts';
import { formatTime, paint } from '../output.ts';

/** Prints a link that signs a browser in once, and opens it where there is a browser. */
export async function dashboard(context: Context, options: { readonly open: boolean }): Promise<undefined> {
  const api = await context.apiIfRunning();
  if (!api) {
    throw new GatewayError('GATEWAY_UNREACHABLE', {
      message: 'The gateway is stopped, so there is no dashboard to open.',
      details: { remedy: 'Start it with `openclaw gateway start`, then run `openclaw dashboard` again.' },
    });
  }
  const link = await makeLink(api, context, options.open && !context.out.json);
  context.out.result({ ok: true, ...link }, () => describeLink(link, api.url, context.env));
}

export type SignInLink = { readonly url: string; readonly expiresAt: number; readonly opened: boolean };

/** Makes a link that signs a browser in once, and opens it where that is asked for and there is a browser. */
export async function makeLink(api: Api, context: Context, open: boolean): Promise<SignInLink> {
  const { url, expiresAt } = await api.send<{ url: string; expiresAt: number }>('POST', '/api/sign-in-links', {});
  return { url, expiresAt, opened: open && (await openBrowser(url, context.env)) };
}

export function describeLink({ url, expiresAt, opened }: SignInLink, gatewayUrl: string, env: NodeJS.ProcessEnv): string[] {
  return [
    ...(opened ? ['Opening the dashboard in your browser. If it does not appear, use this link:'] : ['Open this link in a browser:']),
    paint('cyan', url),
    `It signs you in once, until ${formatTime(expiresAt)}.`,
    ...(opened || isLocalDisplay(env) ? [] : sshHint(gatewayUrl, env)),
  ];
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

/** On a machine that is reached by ssh, the browser is on another. */
function sshHint(url: string, env: NodeJS.ProcessEnv): string[] {
  const server = env['SSH_CONNECTION']?.split(' ')[2];
  if (!server) return [];
  const { port } = new URL(url);
  return [
    '',
    'Your browser is on another machine? Run this there first, and leave it open:',
    `  ssh -N -L ${port}:127.0.0.1:${port} ${env['USER'] ?? 'user'}@${server}`,
  ];
}
