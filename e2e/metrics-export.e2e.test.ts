import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ensureProgram } from '../scripts/programs.mjs';
import { type GatewayProcess, startGateway, until } from './gateway-process.ts';
import { startHttpServer } from './stand-ins/http-server.ts';

type Status = { state: string; failures?: number; problem?: string; endpoint?: string };

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a program that is ended, and waited for, after the test. */
function run(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  cleanups.push(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  return child;
}

async function temporary(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'metrics-export-'));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function exporting(settings: object): Promise<GatewayProcess> {
  const gateway = await startGateway({
    config: { gateway: { monitoring: { metrics: { export: { enabled: true, interval: '1s', ...settings } } } } },
  });
  cleanups.push(() => gateway[Symbol.asyncDispose]());
  return gateway;
}

const statusOf = async (gateway: GatewayProcess): Promise<Status> =>
  (await gateway.json<{ details: { metricsExport: Status } }>('/health?detailed=1')).details.metricsExport;
const gatewayIdOf = async (gateway: GatewayProcess): Promise<string> =>
  (await gateway.json<{ details: { gatewayId: string } }>('/health?detailed=1')).details.gatewayId;
const textOf = (url: string): Promise<string> =>
  fetch(url).then(
    (response) => response.text(),
    () => '',
  );

describe('C3 gateway.monitoring.metrics.export', () => {
  test('C3 gateway.monitoring.metrics.export.{enabled,type,endpoint,interval}: a real Pushgateway has the group of this gateway, renewed at each interval', async () => {
    await ensureProgram('prometheus-pushgateway');
    const address = `127.0.0.1:${await freePort()}`;
    run('prometheus-pushgateway', [`--web.listen-address=${address}`]);
    await until('the Pushgateway answers', async () => (await textOf(`http://${address}/-/ready`)) !== '' || undefined);
    const gateway = await exporting({ type: 'prometheus', endpoint: `http://${address}` });
    const id = await gatewayIdOf(gateway);
    const group = `instance="${id}",job="openclaw"`;
    const pushedAt = async () => {
      const text = await textOf(`http://${address}/metrics`);
      const found = new RegExp(`^push_time_seconds\\{${group}\\} (\\S+)$`, 'm').exec(text)?.[1];
      return found === undefined ? undefined : { at: Number(found), text };
    };
    const first = await until('the first push', pushedAt);
    expect(first.text).toMatch(new RegExp(`^openclaw_build_info\\{commit="[0-9a-f]*",${group},`, 'm'));
    expect(first.text).toContain(`push_failure_time_seconds{${group}} 0`);
    await until('the next push', async () => ((await pushedAt())?.at ?? 0) > first.at || undefined);
    expect(await statusOf(gateway)).toMatchObject({ state: 'running', failures: 0 });
  });

  test('C3 gateway.monitoring.metrics.export.type influxdb: a real InfluxDB can be asked for what was pushed', async () => {
    await ensureProgram('influxd');
    const dir = await temporary();
    const http = `127.0.0.1:${await freePort()}`;
    const config = join(dir, 'influxdb.conf');
    const lines = [
      'reporting-enabled = false',
      `bind-address = "127.0.0.1:${await freePort()}"`,
      `[meta]\n dir = "${dir}/meta"`,
      `[data]\n dir = "${dir}/data"\n wal-dir = "${dir}/wal"`,
      `[http]\n bind-address = "${http}"`,
    ];
    await writeFile(config, `${lines.join('\n')}\n`);
    run('influxd', ['-config', config]);
    const query = async (method: 'GET' | 'POST', text: string) =>
      fetch(`http://${http}/query?${new URLSearchParams({ db: 'openclaw', q: text })}`, { method }).then(
        (response) => response.json() as Promise<{ results: { series?: { columns: string[]; values: unknown[][] }[] }[] }>,
        () => undefined,
      );
    await until('InfluxDB makes a database', () => query('POST', 'CREATE DATABASE openclaw'));
    const gateway = await exporting({ type: 'influxdb', endpoint: `http://${http}/write?db=openclaw` });
    await gateway.json('/api/messages?wait=20s', { method: 'POST', body: JSON.stringify({ from: 'anna', text: 'hello' }) });
    const series = await until('InfluxDB has the histogram of replies', async () => {
      const answer = await query(
        'GET',
        'SELECT last("count") AS "count", last("sum") AS "sum", last("+Inf") AS "inf" FROM openclaw_reply_duration_seconds GROUP BY channel, gateway',
      );
      const found = answer?.results[0]?.series?.[0];
      // Its fields may come in two pushes.
      return found?.values[0]?.includes(null) ? undefined : found;
    });
    expect(series).toMatchObject({ tags: { channel: 'http', gateway: await gatewayIdOf(gateway) } });
    const [, count, sum, inf] = series.values[0] ?? [];
    expect([count, inf]).toEqual([1, 1]);
    expect(sum).toBeGreaterThan(0);
    const received = await query('GET', 'SELECT last("counter") FROM openclaw_messages_received_total');
    expect(received?.results[0]?.series?.[0]?.values[0]?.[1]).toBe(1);
  });

  test('C3 gateway.monitoring.metrics.export.type datadog: a DogStatsD listener hears gauges, and counters as what was added', async () => {
    const socket = createSocket('udp4');
    const heard: { name: string; value: number; kind: string; tags: string[] }[] = [];
    let unreadable = '';
    socket.on('message', (packet) => {
      expect(packet.length).toBeLessThanOrEqual(1432);
      for (const line of packet.toString('utf8').split('\n')) {
        const [, name, value, kind = '', tags = ''] = /^([\w.]+):(-?[\d.e+-]+)\|(c|g|ms|h|d|s)(?:\|#(.*))?$/.exec(line) ?? [];
        if (name === undefined) unreadable ||= line;
        else heard.push({ name, value: Number(value), kind, tags: tags.split(',') });
      }
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    cleanups.push(() => socket.close());
    const gateway = await exporting({ type: 'datadog', endpoint: `udp://127.0.0.1:${socket.address().port}` });
    const of = (name: string) => heard.filter((each) => each.name === name);
    const id = await gatewayIdOf(gateway);
    await until('a gauge is heard', () => of('openclaw_build_info').length > 0 || undefined);
    expect(of('openclaw_build_info')[0]).toMatchObject({ kind: 'g', value: 1, tags: expect.arrayContaining([`gateway:${id}`]) });
    const say = () => gateway.json('/api/messages?wait=20s', { method: 'POST', body: JSON.stringify({ from: 'anna', text: 'hello' }) });
    const received = () => of('openclaw_messages_received_total').reduce((sum, { value }) => sum + value, 0);
    await say();
    await until('the first message is heard', () => received() === 1 || undefined);
    await say();
    await until('the second message is heard', () => received() === 2 || undefined);
    expect(of('openclaw_messages_received_total').every(({ kind }) => kind === 'c')).toBe(true);
    await until(
      'a bucket is heard',
      () => of('openclaw_reply_duration_seconds.bucket').some(({ tags }) => tags.includes('upper_bound:+Inf')) || undefined,
    );
    expect(unreadable).toBe('');
    expect(await statusOf(gateway)).toMatchObject({ state: 'running' });
  });

  test('C3 gateway.monitoring.metrics.export.{token,headers,headers.*} are sent; a server that fails is one line in the log, a figure, and in /health with why; when it works again that is said, too', async () => {
    let answer = 503;
    const requests: NodeJS.Dict<string | string[]>[] = [];
    const server = await startHttpServer((request, _body, response) => {
      requests.push(request.headers);
      response.writeHead(answer).end(answer === 200 ? '' : 'out of order');
    });
    cleanups.push(server.close);
    const gateway = await exporting({
      endpoint: `${server.origin}/metrics`,
      token: 'push-token-0123456789',
      headers: { 'x-scope': 'tenant-7' },
    });
    const failing = await until('two pushes failed', async () => {
      const status = await statusOf(gateway);
      return (status.failures ?? 0) >= 2 ? status : undefined;
    });
    expect(failing).toMatchObject({ state: 'failing', endpoint: server.origin, problem: 'the server answered 503: out of order' });
    expect(requests[0]).toMatchObject({ authorization: 'Bearer push-token-0123456789', 'x-scope': 'tenant-7' });
    const scraped = await (await gateway.request('/metrics')).text();
    expect(Number(/^openclaw_metrics_export_failures_total\{type="prometheus"\} (\d+)$/m.exec(scraped)?.[1])).toBeGreaterThanOrEqual(2);
    answer = 200;
    await until('it works again', async () => (await statusOf(gateway)).state === 'running' || undefined);
    const { stdout } = await gateway.command(['logs', '--tail', '500', '--grep', 'metrics are', '--json']);
    expect(stdout.match(/metrics are not taken/g)).toHaveLength(1);
    expect(stdout.match(/metrics are taken again/g)).toHaveLength(1);
    expect(stdout + (await gateway.command(['config', 'get'])).stdout).not.toMatch(/push-token|tenant-7/);
  });

  test('C3 gateway.monitoring.metrics.export.enabled is taken up at once, in both directions', async () => {
    let pushes = 0;
    const server = await startHttpServer((_request, _body, response) => {
      pushes += 1;
      response.writeHead(200).end();
    });
    cleanups.push(server.close);
    const gateway = await exporting({ enabled: false, endpoint: server.origin });
    expect(await statusOf(gateway)).toEqual({ state: 'off' });
    await gateway.command(['config', 'set', 'gateway.monitoring.metrics.export.enabled', 'true']);
    await until('it is pushed', () => pushes > 1 || undefined);
    await gateway.command(['config', 'set', 'gateway.monitoring.metrics.export.enabled', 'false']);
    await until('it is off', async () => (await statusOf(gateway)).state === 'off' || undefined);
    expect((await gateway.command(['health'])).code).toBe(0);
  });
});
