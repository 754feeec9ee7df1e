/** The SSH commands that `openclaw` says, typed as it says them, through the real sshd. */
import { hostname, userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type GatewayProcess, runCommand, startGateway, until } from '../gateway-process.ts';
import type { Child } from './child.ts';
import { freePorts } from './free-port.ts';
import { startSshd } from './sshd-process.ts';

const NO_BROWSER = { SSH_CONNECTION: '', DISPLAY: '', WAYLAND_DISPLAY: '' };

async function tunnel(gateway: GatewayProcess, args: readonly string[]) {
  const { code, stdout, stderr } = await gateway.command(['gateway', 'tunnel', '--json', ...args]);
  if (code !== 0) throw new Error(stderr + stdout);
  return JSON.parse(stdout) as { command: string; keep: string; connect?: string; url: string };
}

async function reached(url: string, ...through: Child[]): Promise<void> {
  await until(`the gateway is reached at ${url}`, async () => {
    for (const child of through) if (child.code() !== null) throw new Error(`ssh ended with ${child.code()}:\n${child.output()}`);
    return (await fetch(`${url}/readyz`).catch(() => undefined))?.ok || undefined;
  });
}

describe('over SSH', () => {
  test('E2 a local forward brings the gateway to one’s own machine: dashboard, sign-in and command line', async () => {
    await using sshd = await startSshd();
    await using gateway = await startGateway();
    const [own = 0] = await freePorts(1);
    const remote = `${sshd.user}@127.0.0.1:${sshd.port}`;
    const { command, url } = await tunnel(gateway, ['--remote', remote, '--local-port', String(own)]);
    const { port } = new URL(gateway.url());
    expect(command).toBe(`ssh -N -L ${own}:127.0.0.1:${port} -p ${sshd.port} ${sshd.user}@127.0.0.1`);
    expect(url).toBe(`http://127.0.0.1:${own}`);
    const typed = sshd.type(command);
    try {
      await reached(url, typed);
      const page = await fetch(`${url}/`);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      const signIn = {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: url },
        body: JSON.stringify({ token: await gateway.token() }),
      };
      expect((await fetch(`${url}/api/sign-in/token`, signIn)).status).toBe(200);

      // A machine that has nothing of the gateway but its address and token.
      const env = { PATH: process.env['PATH'] ?? '', OPENCLAW_STATE_DIR: '/nonexistent', NO_COLOR: '1', OPENCLAW_GATEWAY_URL: url };
      const there = (args: readonly string[], more: object = {}) => runCommand(args, { ...env, ...more });
      const token = { OPENCLAW_GATEWAY_TOKEN: await gateway.token() };
      expect(await there(['status'], token)).toMatchObject({ code: 0, stdout: expect.stringContaining(url) });
      expect(await there(['gateway', 'status'], token)).toMatchObject({ code: 0, stdout: expect.stringContaining('Connection: ok') });
      expect(await there(['message', 'send', '--to', 'anna', '--message', 'far away'], token)).toMatchObject({
        stdout: expect.stringContaining('far away'),
      });
      expect(await there(['config', 'get', 'gateway.network.port'], token)).toMatchObject({ code: 0, stdout: '0\n' });
      expect((await there(['status'])).stderr).toContain('OPENCLAW_GATEWAY_TOKEN');
      expect((await there(['gateway', 'stop'], token)).stderr).toContain("This needs the gateway's own machine");
      expect((await there(['status'], { ...token, OPENCLAW_GATEWAY_URL: 'somewhere' })).stderr).toContain(
        'OPENCLAW_GATEWAY_URL is not the address',
      );
    } finally {
      await typed.stop();
    }
    expect((await fetch(`${url}/readyz`).catch(() => undefined))?.ok).toBeUndefined();
  });

  test('E2 a remote forward brings a gateway that nobody can reach to a server, and from there to one’s own machine', async () => {
    await using server = await startSshd();
    await using gateway = await startGateway();
    const [there = 0] = await freePorts(1);
    const remote = `${server.user}@127.0.0.1:${server.port}`;
    const { command, connect, url } = await tunnel(gateway, ['--reverse', '--remote', remote, '--local-port', String(there)]);
    expect(command).toContain(`ssh -N -R ${there}:127.0.0.1:${new URL(gateway.url()).port} `);
    const typed = server.type(command);
    try {
      // The server and one's own machine are the same here, so its port is reached at once.
      await reached(url, typed);
      expect((await fetch(`${url}/`)).status).toBe(200);
      // From one's own machine the same port of the server is forwarded; here it must be another.
      const [own = 0] = await freePorts(1);
      const typedToo = server.type((connect ?? '').replace(`-L ${there}:`, `-L ${own}:`));
      try {
        await reached(`http://127.0.0.1:${own}`, typedToo);
      } finally {
        await typedToo.stop();
      }
    } finally {
      await typed.stop();
    }
  });

  test('E2 B15 `openclaw dashboard` says which command to type where this machine has no browser', async () => {
    await using gateway = await startGateway();
    const { port } = new URL(gateway.url());
    const dashboard = async (env: Record<string, string>) =>
      JSON.parse(
        (await gateway.command(['dashboard', '--json', '--no-open'], { env: { ...NO_BROWSER, USER: 'anna', ...env } })).stdout,
      ) as { url: string; tunnel?: string };
    const bySsh = await dashboard({ SSH_CONNECTION: '192.0.2.7 50022 198.51.100.4 2222' });
    expect(bySsh.tunnel).toBe(`ssh -N -L ${port}:127.0.0.1:${port} -p 2222 anna@198.51.100.4`);
    expect(bySsh.url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/#c=`));
    expect((await dashboard({})).tunnel).toBe(`ssh -N -L ${port}:127.0.0.1:${port} anna@${hostname()}`);
    expect((await dashboard({ DISPLAY: ':0' })).tunnel).toBeUndefined();
    const { stdout } = await gateway.command(['dashboard', '--no-open'], {
      env: { ...NO_BROWSER, USER: 'an; na', SSH_CONNECTION: '192.0.2.7 50022 198.51.100.4 22' },
    });
    expect(stdout).toContain(
      `Type this there first, and leave it open:\n  ssh -N -L ${port}:127.0.0.1:${port} ${userInfo().username}@198.51.100.4\n`,
    );
    expect(stdout.indexOf('ssh -N')).toBeLessThan(stdout.indexOf('#c='));
  });

  test('E2 gateway.network.publicUrl makes a tunnel unnecessary', async () => {
    await using gateway = await startGateway({ config: { gateway: { network: { publicUrl: 'https://gateway.example.com' } } } });
    const { stdout } = await gateway.command(['dashboard', '--json', '--no-open'], { env: NO_BROWSER });
    expect(JSON.parse(stdout)).not.toHaveProperty('tunnel');
    expect(stdout).toContain('https://gateway.example.com/#c=');
  });
});
