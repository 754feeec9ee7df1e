/** The whole gateway on a machine with Tailscale, which a stand-in on the PATH is. */
import { describe, expect, test } from 'vitest';
import { type GatewayProcess, prepareGateway, startGateway, until } from '../gateway-process.ts';
import { installTailscale } from '../stand-ins/tailscale.ts';
import { visit } from './visitor.ts';

const NAME = 'openclaw-gateway.tail1a2b3.ts.net';
const tailscale = (more: object = {}) => ({ gateway: { tailscale: { enabled: true, ...more } } });

type Remote = { state: string; url?: string; error?: { code: string } };
const remote = async (gateway: GatewayProcess) => (await gateway.json<{ remote: Remote }>('/api/status')).remote;
const exposed = (gateway: GatewayProcess) =>
  until('it is published', async () => {
    const now = await remote(gateway);
    return now.state === 'exposed' ? now : undefined;
  });

describe('with Tailscale', () => {
  test('E1 gateway.tailscale.enabled: reachable at the tailnet address, and there again after a restart and after a crash', async () => {
    await using machine = await installTailscale();
    await using gateway = await startGateway({ config: tailscale(), env: machine.env });
    const served = async () => (await machine.state()).serve.Web?.[`${NAME}:443`]?.Handlers['/']?.Proxy;
    for (const end of [() => gateway.stop(), () => gateway.kill(), undefined]) {
      expect(await exposed(gateway)).toMatchObject({ url: `https://${NAME}` });
      expect(await served()).toBe(gateway.url());
      if (!end) break;
      await end();
      await gateway.start();
    }
    // As Tailscale passes a request on.
    const headers = { host: NAME, 'x-forwarded-host': NAME, 'x-forwarded-proto': 'https', 'x-forwarded-for': '100.101.102.104' };
    expect((await visit(`${gateway.url()}/`, { headers, from: '127.0.0.1' })).status).toBe(200);
    expect((await gateway.command(['status'])).stdout).toContain(`https://${NAME}  (for your tailnet)`);
    expect((await gateway.command(['health', '--detailed'])).stdout).toContain(`address https://${NAME}`);
    await gateway.stop();
    expect(await served()).toBeUndefined();
    const { stdout } = await gateway.command(['events', 'list', '--type', 'remote.*', '--json', '--limit', '1']);
    expect(stdout).toContain('gateway stopping');
  });

  test('E1 what is wrong never stops the gateway; it is in the status with what to do, and goes away by itself', async () => {
    await using machine = await installTailscale({ daemon: false });
    await using gateway = await startGateway({ config: tailscale(), env: machine.env });
    await until('it is said', async () => (await remote(gateway)).error?.code === 'TAILSCALE_NOT_RUNNING' || undefined);
    const answer = await gateway.json<{ reply: string }>('/api/messages?wait=20s', {
      method: 'POST',
      body: JSON.stringify({ from: 'anna', text: 'still there?' }),
    });
    expect(answer.reply).toContain('still there?');
    expect((await gateway.command(['status'])).stdout).toContain('sudo systemctl enable --now tailscaled');
    expect((await gateway.json<{ status: string }>('/health')).status).toBe('degraded');
    await machine.become({ daemon: true });
    await exposed(gateway);
  });

  test('E1 a change is in force at once: on, to the internet with a warning, and off', async () => {
    await using machine = await installTailscale({ hostname: 'desk' });
    await using gateway = await startGateway({ env: machine.env });
    const set = async (path: string, value: string) => {
      const { code, stdout, stderr } = await gateway.command(['config', 'set', `gateway.tailscale.${path}`, value]);
      expect(stdout + stderr).toContain('In force now.');
      expect(code).toBe(0);
    };
    expect(await remote(gateway)).toEqual({ state: 'off' });
    await set('enabled', 'true');
    await exposed(gateway);
    await set('funnel', '{ enabled: true, auth: "none" }');
    await until('it is on the internet', async () => (await machine.state()).serve.AllowFunnel?.[`${NAME}:443`] || undefined);
    await exposed(gateway);
    const { stdout } = await gateway.command(['status']);
    expect(stdout).toContain('(open to the internet)');
    expect(stdout).toContain('Attention: anyone on the internet');
    await set('enabled', 'false');
    await until('all is as it was', async () => {
      const { hostname, serve } = await machine.state();
      return (hostname === 'desk' && Object.keys(serve.Web ?? {}).length === 0) || undefined;
    });
  });

  test.each([
    [
      'gateway.auth.type',
      { auth: { type: 'disabled' }, tailscale: { enabled: true, funnel: { enabled: true } } },
      'brings the gateway to the internet',
    ],
    ['gateway.auth.type', { auth: { type: 'disabled' }, tailscale: { enabled: true } }, 'brings the gateway to other machines'],
    ['gateway.network.host', { network: { host: '192.168.1.4' }, tailscale: { enabled: true } }, 'reaches the gateway from this machine'],
    [
      'gateway.tailscale.funnel.https',
      { tailscale: { enabled: true, funnel: { enabled: true, https: false } } },
      'gateway.network.https.enabled',
    ],
    [
      'gateway.tailscale.funnel.auth',
      {
        network: { https: { enabled: true, cert: 'c', key: 'k' } },
        tailscale: { enabled: true, funnel: { enabled: true, https: false, auth: 'none' } },
      },
      'does not say where a visitor comes from',
    ],
  ])('E1 a gateway that must not be published is not: %s is refused', async (path, settings, why) => {
    await using gateway = await prepareGateway({ config: { gateway: settings } });
    const { code, stderr } = await gateway.command(['gateway', 'run']);
    expect(code).toBe(78);
    expect(stderr).toContain(path);
    expect(stderr).toContain(why);
  });
});
