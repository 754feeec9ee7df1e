/** Web push at the built product: a browser subscribes over the dashboard's own calls, and a stand-in opens what its push service was sent. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type GatewayProcess, startGateway, until } from './gateway-process.ts';
import { startOpenAi } from './stand-ins/openai.ts';
import { type PushService, type StandInSubscription, startPushService } from './stand-ins/push-service.ts';

const PASSWORD = 'three green kettles sing';
const SECRET = 'umbrella-4471';

type Answer = { readonly status: number; readonly text: string };
type Listed = { readonly key: string; readonly browsers: readonly { readonly id: string; readonly service: string }[] };

/** A browser in which a user is signed in. */
async function signIn(gateway: GatewayProcess, user: string) {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0',
  };
  const send = async (path: string, init: RequestInit, cookie = ''): Promise<Response> =>
    fetch(gateway.url() + path, { ...init, headers: { ...headers, origin: gateway.url(), cookie } });
  const signedIn = await send('/api/sign-in/password', { method: 'POST', body: JSON.stringify({ user, password: PASSWORD }) });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const post = async (path: string, input: object): Promise<Answer> => {
    const response = await send(path, { method: 'POST', body: JSON.stringify(input) }, cookie);
    return { status: response.status, text: await response.text() };
  };
  return {
    post,
    subscribe: ({ endpoint, keys }: StandInSubscription) => post('/trpc/push.subscribe', { endpoint, ...keys }),
    list: async () => ((await (await send('/trpc/push.list', {}, cookie)).json()) as { result: { data: Listed } }).result.data,
  };
}

async function setUp(push: PushService | undefined, modelUrl: string): Promise<GatewayProcess> {
  const gateway = await startGateway({
    config: {
      models: { providers: { local: { api: 'openai-completions', baseUrl: modelUrl, apiKey: 'none' } } },
      agents: { defaults: { model: 'local/one', tools: ['exec.run'] } },
      tools: { allow: ['exec.run'] },
      ...(push && { gateway: { security: { networkIsolation: { allowedOutbound: ['127.0.0.1/32'] } } } }),
    },
  });
  const users = { ann: ['approver'], vic: ['viewer'] };
  for (const [name, roles] of Object.entries(users))
    await gateway.json('/api/access/users', { method: 'POST', body: JSON.stringify({ name, roles, password: PASSWORD }) });
  return gateway;
}

it('B15 A5 a browser is told of a call that waits, also after a restart, by a message that only it can open and that holds nothing of the call', async () => {
  const [model, push] = [await startOpenAi(), await startPushService()];
  try {
    await using gateway = await setUp(push, model.url);
    const ask = async (from: string) => {
      model.script({ toolCalls: [{ name: 'exec_run', arguments: { argv: ['echo', SECRET] } }] });
      await gateway.json('/api/messages', { method: 'POST', body: JSON.stringify({ from, text: `say ${SECRET}` }) });
    };
    const ann = await signIn(gateway, 'ann');
    const subscription = push.subscribe();
    expect(await ann.subscribe(subscription)).toMatchObject({ status: 200 });
    await ask('eva');
    const [first] = await until('the message', () => (push.messages.length > 0 ? push.messages : undefined));
    const { approvals } = await gateway.json<{ approvals: { code: string; expiresAt: number }[] }>('/api/approvals');
    expect(JSON.parse(first?.text ?? '')).toEqual({
      tool: 'exec.run',
      agent: 'main',
      more: 0,
      url: `/approvals/?id=${approvals[0]?.code}`,
    });
    expect(first).toMatchObject({ endpoint: subscription.endpoint, topic: 'approvals', urgency: 'high', key: (await ann.list()).key });
    expect(Math.abs((first?.ttlS ?? 0) - ((approvals[0]?.expiresAt ?? 0) - Date.now()) / 1000)).toBeLessThan(60);
    expect(JSON.stringify(push.messages)).not.toContain(SECRET);
    const opened = await fetch(`${gateway.url()}/api/approvals/${approvals[0]?.code}/approve`, { method: 'POST' });
    expect(opened.status).toBe(401);

    expect(await gateway.stop()).toBe(0);
    await gateway.start();
    expect((await ann.list()).browsers).toMatchObject([{ device: 'Firefox on Linux', service: new URL(push.origin).host }]);
    await ask('fred');
    await until('the message after the restart', () => push.messages.length === 2);
    expect(JSON.parse(push.messages[1]?.text ?? '')).toMatchObject({ more: 1 });
    expect(push.messages[1]?.key).toBe(first?.key);

    push.forget(subscription);
    await ask('gina');
    await until('the removal', async () => ((await ann.list()).browsers.length === 0 ? true : undefined));
    const { stdout } = await gateway.command(['events', 'list', '--type', 'push.unsubscribed', '--json']);
    expect(stdout).toContain('its push service does not know it any more');
    const metrics = await (await gateway.request('/metrics')).text();
    expect(metrics).toMatch(/openclaw_push_notifications_total\{result="gone"\} 1/);
    const kept = ['logs', 'state'].map((folder) => join(gateway.stateDir, folder));
    const files = (await Promise.all(kept.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))))).flat();
    const written = files.filter((file) => /\/(events\.db[^/]*|[^/]+\.log[^/]*)$/.test(file));
    expect(written.length).toBeGreaterThan(1);
    for (const file of written) {
      const bytes = await readFile(file);
      for (const personal of [subscription.endpoint, subscription.keys.auth, subscription.keys.p256dh]) {
        expect(bytes.includes(personal), `${file} holds ${personal}`).toBe(false);
      }
    }
  } finally {
    await Promise.all([model.close(), push.close()]);
  }
});

it('B15 ASVS 7.4.1 D who signs out is told nothing more, and nobody makes the gateway call its own network', async () => {
  const [model, push] = [await startOpenAi(), await startPushService()];
  try {
    await using gateway = await setUp(undefined, model.url);
    const [ann, vic] = [await signIn(gateway, 'ann'), await signIn(gateway, 'vic')];
    const internal = await ann.subscribe(push.subscribe());
    expect(internal.status).toBe(403);
    expect(internal.text).toContain('EGRESS_REFUSED');
    expect((await vic.subscribe(push.subscribe())).status).toBe(403);
    const plain = await ann.subscribe({ ...push.subscribe(), endpoint: 'http://push.example/x' });
    expect([plain.status, plain.text]).toEqual([400, expect.stringContaining('expected an https address')]);
    const byToken = await gateway.request('/trpc/push.subscribe', {
      method: 'POST',
      body: JSON.stringify({ ...push.subscribe().keys, endpoint: 'https://push.example/x' }),
    });
    expect([byToken.status, await byToken.text()]).toEqual([403, expect.stringContaining('PUSH_NEEDS_LOGIN')]);

    const rules = { op: 'set', path: 'gateway.security.networkIsolation.allowedOutbound', value: ['127.0.0.1/32'] };
    await gateway.json('/api/config', { method: 'PATCH', body: JSON.stringify(rules) });
    expect((await ann.subscribe(push.subscribe())).status).toBe(200);
    expect((await ann.post('/api/sign-out', {})).status).toBeLessThan(300);
    const ended = await until('the end of the subscription', async () => {
      const { rows } = await gateway.json<{ rows: { summary: string }[] }>('/api/events?type=push.unsubscribed');
      return rows[0]?.summary;
    });
    expect(ended).toContain('its login has ended');
    expect(push.statuses).toEqual([]);
  } finally {
    await Promise.all([model.close(), push.close()]);
  }
});
