import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { verifyWebhook } from '../apps/gateway/src/channels/webhook/verify.ts';
import type { AlertList } from '../apps/gateway/src/operations/alerts/index.ts';
import { type GatewayProcess, prepareGateway, startGateway, until } from './gateway-process.ts';
import { startHttpServer } from './stand-ins/http-server.ts';
import { startOpenAi } from './stand-ins/openai.ts';
import { startTelegram } from './stand-ins/telegram.ts';

const SECRET = 'alert-secret-0123456789abcdef';

type Notice = { readonly notice: string; readonly text: string; readonly alert: { readonly name: string; readonly severity: string } };
type Hook = { readonly headers: IncomingHttpHeaders; readonly rawBody: Buffer; readonly body: Notice };

const cleanups: (() => PromiseLike<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** A web server that takes alerts, and refuses while `answer` says so. */
async function receiver() {
  const hooks: Hook[] = [];
  const taken: { answer: number; refused: number } = { answer: 200, refused: 0 };
  const server = await startHttpServer(({ headers }, body, response) => {
    if (taken.answer === 200) hooks.push({ headers, rawBody: Buffer.from(body), body: JSON.parse(body) as Notice });
    else taken.refused += 1;
    response.writeHead(taken.answer).end();
  });
  cleanups.push(server.close);
  const said = () => hooks.map(({ body }) => `${body.alert.name} ${body.notice}`);
  return { url: `${server.origin}/alerts`, hooks, taken, said };
}

/** A disk that is fuller than any: an alert that is there as long as one likes. */
const FULL_DISK = { diskLow: { threshold: '1000000g', for: '0s' } };

const alertsConfig = (alerts: object, rest: object = {}) => ({
  gateway: { monitoring: { alerts: { interval: '100ms', resolveAfter: '0s', ...alerts } } },
  ...rest,
});

async function start(config: Readonly<Record<string, unknown>>): Promise<GatewayProcess> {
  const gateway = await startGateway({ config });
  cleanups.push(() => gateway[Symbol.asyncDispose]());
  return gateway;
}

const run = async (gateway: GatewayProcess, ...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await gateway.command(args);
  if (code !== 0) throw new Error(stderr);
  return stdout;
};
const list = async (gateway: GatewayProcess): Promise<AlertList> => JSON.parse(await run(gateway, 'alerts', 'list', '--json')) as AlertList;
const events = async (gateway: GatewayProcess): Promise<string[]> => {
  const { rows } = await gateway.json<{ rows: { type: string }[] }>('/api/events?type=alert.*&limit=100');
  return rows.map(({ type }) => type).reverse();
};

describe('C3 alerts', () => {
  test('gateway.monitoring.alerts.{interval,resolveAfter} and gateway.monitoring.alerts.{destinations,destinations[].type,destinations[].url,destinations[].secret}: what fires is told by a signed webhook, and that it is over, too; both are in the log', async () => {
    const { url, hooks, said } = await receiver();
    const gateway = await start(alertsConfig({ rules: FULL_DISK, destinations: [{ type: 'webhook', url, secret: SECRET }] }));
    await until('it is told', () => said().includes('diskLow fired') || undefined);
    const [hook] = hooks;
    expect(hook?.body).toMatchObject({
      text: expect.stringMatching(/^Critical: diskLow\n\d+ MB are free/),
      alert: { name: 'diskLow', severity: 'critical' },
    });
    const call = { headers: hook?.headers ?? {}, rawBody: hook?.rawBody ?? Buffer.alloc(0) };
    expect(verifyWebhook(call, { secret: SECRET, maxSkewMs: 300_000 }, Date.now())).toMatchObject({ ok: true });
    expect(verifyWebhook(call, { secret: 'another-secret', maxSkewMs: 300_000 }, Date.now())).toMatchObject({ ok: false });
    expect(await run(gateway, 'alerts', 'list')).toMatch(/firing +critical +diskLow /);
    const figures = await (await gateway.request('/metrics')).text();
    expect(figures).toContain('openclaw_alerts{rule="diskLow",state="firing"} 1');
    expect(figures).toContain('openclaw_alert_notifications_total{type="webhook",result="succeeded"} 1');

    await run(gateway, 'config', 'set', 'gateway.monitoring.alerts.rules.diskLow.threshold', '1b');
    await until('its end is told', () => said().includes('diskLow resolved') || undefined);
    expect(said()).toEqual(['diskLow fired', 'diskLow resolved']);
    await until(
      'all of it is in the log',
      async () => (await events(gateway)).join() === 'alert.fired,alert.notified,alert.resolved,alert.notified' || undefined,
    );
    expect((await list(gateway)).alerts).toEqual([]);
  });

  test('gateway.monitoring.alerts.destinations[].{channel,account,to,kind}: a channel that is down is told through another one, in words', async () => {
    const telegram = await startTelegram();
    cleanups.push(telegram.close);
    const broken = await startTelegram({ token: '999:broken' });
    const account = { apiRoot: telegram.url, botToken: telegram.token };
    const gateway = await start(
      alertsConfig(
        {
          rules: { channelDown: { for: '0s', severity: 'warning' } },
          destinations: [{ type: 'channel', channel: 'telegram', account: 'ops', to: -4711, kind: 'group' }],
        },
        { channels: { telegram: { accounts: { ops: account, shop: { apiRoot: broken.url, botToken: broken.token } } } } },
      ),
    );
    await until('both are connected', async () => {
      const { channels } = await gateway.json<{ channels: { connected: boolean }[] }>('/api/channels');
      return (channels.length === 2 && channels.every(({ connected }) => connected)) || undefined;
    });
    const told = telegram.sent.length;
    await broken.close();
    await until('somebody is told', () => telegram.sent.slice(told).find(({ text }) => text.includes('channelDown:telegram/shop')), 60_000);
    const message = telegram.sent.slice(told).find(({ text }) => text.includes('channelDown:telegram/shop'));
    expect(message).toMatchObject({
      chatId: '-4711',
      text: expect.stringMatching(/^Warning: channelDown:telegram\/shop\ntelegram\/shop is not connected/),
    });
    // Whom it was told is nobody's business in the log.
    const { rows } = await gateway.json<{ rows: unknown[] }>('/api/events?type=alert.notified');
    expect(JSON.stringify(rows)).not.toContain('4711');
  });

  test('gateway.monitoring.alerts.rules.errorRate.{enabled,window,for}: messages without an answer fire it', async () => {
    const model = await startOpenAi({ answer: { fault: 'status', status: 400 } });
    cleanups.push(model.close);
    const { url, said } = await receiver();
    const gateway = await start(
      alertsConfig(
        { rules: { errorRate: { for: '0s', minMessages: 2, window: '60s' } }, destinations: [{ type: 'webhook', url }] },
        {
          models: { providers: { local: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } } },
          agents: { defaults: { model: 'local/any' } },
          messages: { retry: { maxAttempts: 1 } },
        },
      ),
    );
    for (const from of ['anna', 'bert'])
      await gateway.request('/api/messages?wait=20s', { method: 'POST', body: JSON.stringify({ from, text: 'hello' }) });
    await until('it is told', () => said().includes('errorRate fired') || undefined);
    await run(gateway, 'config', 'set', 'gateway.monitoring.alerts.rules.errorRate.enabled', 'false');
    await until('nobody watches it any more', () => said().includes('errorRate resolved') || undefined);
  });

  test('gateway.monitoring.alerts.rules.tokensPerDay.threshold: what an earlier process used counts, too', async () => {
    const { url, said } = await receiver();
    const gateway = await start(alertsConfig({ destinations: [{ type: 'webhook', url }] }));
    await gateway.json('/api/messages?wait=20s', {
      method: 'POST',
      body: JSON.stringify({ from: 'anna', text: 'a few words for the model' }),
    });
    await gateway.stop();
    await gateway.start();
    expect(said()).toEqual([]);
    await run(gateway, 'config', 'set', 'gateway.monitoring.alerts.rules.tokensPerDay.threshold', '1');
    await until('it is told', () => said().includes('tokensPerDay fired') || undefined);
  });

  test('a silence tells nobody until it ends, and is in the log with who wanted it and why', async () => {
    const { url, said } = await receiver();
    const gateway = await start(alertsConfig({ destinations: [{ type: 'webhook', url }] }));
    expect(await run(gateway, 'alerts', 'silence', 'diskLow', '--for', '2h', '--reason', 'a new disk comes')).toContain(
      'Nobody is told of diskLow until',
    );
    await run(gateway, 'config', 'set', 'gateway.monitoring.alerts.rules.diskLow', JSON.stringify(FULL_DISK.diskLow));
    await until(
      'it fires',
      async () => (await list(gateway)).alerts.some(({ alert, state }) => alert === 'diskLow' && state === 'firing') || undefined,
    );
    expect((await list(gateway)).rules.find(({ rule }) => rule === 'diskLow')?.silencedUntil).toBeGreaterThan(Date.now());
    // Another one that is told shows that there was time enough for this one.
    await run(gateway, 'config', 'set', 'gateway.monitoring.alerts.rules.tokensPerDay.threshold', '1');
    await gateway.json('/api/messages?wait=20s', { method: 'POST', body: JSON.stringify({ from: 'anna', text: 'several words' }) });
    await until('the other one is told', () => said().includes('tokensPerDay fired') || undefined);
    expect(said()).not.toContain('diskLow fired');
    await run(gateway, 'alerts', 'unsilence', 'diskLow');
    await until('it is told now', () => said().includes('diskLow fired') || undefined);
    const { rows } = await gateway.json<{ rows: { summary: string }[] }>('/api/events?type=alert.silenced');
    expect(rows[0]?.summary).toContain('a new disk comes');
    expect(await gateway.command(['alerts', 'silence', 'nope', '--for', '1h'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('queueAge'),
    });
    expect(await gateway.command(['alerts', 'unsilence', 'all'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('was not silenced'),
    });
  });

  test('gateway.monitoring.alerts.repeat: told again after this time, and a restart, even by a kill, tells nothing twice and forgets nothing', async () => {
    const { url, said, taken, hooks } = await receiver();
    taken.answer = 500;
    const gateway = await prepareGateway({ config: alertsConfig({ rules: FULL_DISK, destinations: [{ type: 'webhook', url }] }) });
    cleanups.push(() => gateway[Symbol.asyncDispose]());
    await gateway.start();
    await until('it could not be told', () => taken.refused > 0 || undefined);
    expect((await list(gateway)).destinations[0]).toMatchObject({ state: 'failing', problem: 'the server answered 500' });
    await gateway.kill();
    taken.answer = 200;
    await gateway.start();
    await until('it is told after all', () => said().length === 1 || undefined);
    await until('that is in the log', async () => (await events(gateway)).includes('alert.notified') || undefined);
    await gateway.kill();
    await gateway.start();
    await until('it has been looked at', async () => (await list(gateway)).evaluatedAt !== undefined || undefined);
    expect(await events(gateway)).toEqual(['alert.fired', 'alert.notified']);
    expect(said()).toEqual(['diskLow fired']);
    await run(gateway, 'config', 'set', 'gateway.monitoring.alerts.repeat', '1s');
    await until('it is told again', () => said().filter((each) => each === 'diskLow repeated').length >= 2 || undefined);
    const keys = hooks.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('gateway.monitoring.alerts.rules.queueAge.{for,severity} and gateway.monitoring.alerts.enabled: pending first, then firing; switched off, nobody watches', async () => {
    const model = await startOpenAi({ answer: { fault: 'hang' } });
    cleanups.push(model.close);
    const gateway = await start(
      alertsConfig(
        { rules: { queueAge: { threshold: '200ms', for: '1h', severity: 'info' } } },
        {
          models: { providers: { local: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } } },
          agents: { defaults: { model: 'local/any' } },
        },
      ),
    );
    await gateway.json('/api/messages', { method: 'POST', body: JSON.stringify({ from: 'anna', text: 'hello' }) });
    const state = async () => (await list(gateway)).alerts.find(({ rule }) => rule === 'queueAge');
    const pending = await until('it is pending', state);
    expect(pending).toMatchObject({ state: 'pending', severity: 'info', threshold: 200, text: expect.stringContaining('oldest message') });
    expect(
      Number(/^openclaw_queue_oldest_age_seconds\{queue="messages"\} (\S+)$/m.exec(await (await gateway.request('/metrics')).text())?.[1]),
    ).toBeGreaterThan(0.2);
    await run(gateway, 'config', 'set', 'gateway.monitoring.alerts.rules.queueAge.for', '0s');
    await until('it fires', async () => (await state())?.state === 'firing' || undefined);
    const { details } = await gateway.json<{ details: { alerts: { alert: string }[] } }>('/health?detailed=1');
    expect(details.alerts.map(({ alert }) => alert)).toContain('queueAge');
    await run(gateway, 'config', 'set', 'gateway.monitoring.alerts.enabled', 'false');
    expect(await run(gateway, 'alerts', 'list')).toContain('Alerts are off');
  });
});
