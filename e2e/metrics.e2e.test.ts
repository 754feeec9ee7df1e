import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Definition, METRICS } from '../apps/gateway/src/operations/metrics/definitions.ts';
import { ensureProgram } from '../scripts/programs.mjs';
import { type GatewayProcess, startGateway, until } from './gateway-process.ts';

const DEFINITIONS = Object.entries(METRICS) as [string, Definition][];
const SWITCHES = [...new Set(DEFINITIONS.flatMap(([, { collect }]) => collect ?? []))];
const KEY = 'gateway.monitoring.metrics.collect';

let gateway: GatewayProcess;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'metrics-e2e-'));
  gateway = await startGateway({ config: {} });
  await gateway.json('/api/messages?wait=20s', { method: 'POST', body: JSON.stringify({ from: 'anna', text: 'hello' }) });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

const scrape = async (path = '/metrics'): Promise<string> => (await gateway.request(path)).text();
const familiesOf = (text: string): Set<string> => new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
const figureOf = (text: string, sample: string): number | undefined => {
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
};
const setKey = async (path: string, value: string): Promise<void> => {
  const { code, stderr } = await gateway.command(['config', 'set', path, value]);
  if (code !== 0) throw new Error(stderr);
};

async function promtool(args: readonly string[], input: string): Promise<{ code: number | null; output: string }> {
  await ensureProgram('promtool');
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { code: status, output: `${stdout}${stderr}` };
}

async function checkFile(kind: 'config' | 'rules', text: string): Promise<{ code: number | null; output: string }> {
  const file = join(dir, `${kind}.yml`);
  await writeFile(file, text);
  return promtool(['check', kind, file], '');
}

describe('GET /metrics', () => {
  test('C2 what is served is what is defined, and promtool finds nothing to say about it', async () => {
    const text = await scrape();
    const defined = DEFINITIONS.filter(([, { only }]) => only === undefined || process.platform === 'linux').map(([name]) => name);
    expect([...familiesOf(text)].toSorted()).toEqual(defined.toSorted());
    expect(await promtool(['check', 'metrics'], text)).toEqual({ code: 0, output: '' });
  });

  test('C2 promtool does find something to say about metrics that are named badly', async () => {
    const { code, output } = await promtool(['check', 'metrics'], '# TYPE openclawBad_total gauge\nopenclawBad_total 1\n');
    expect(code).not.toBe(0);
    expect(output).toContain('openclawBad_total');
  });

  test('C2 figures of the log, the queue, the machine and the way of a message are there, none by session', async () => {
    const text = await scrape();
    const positive = [
      'openclaw_event_log_sequence',
      'openclaw_event_log_size_bytes',
      'openclaw_wal_size_bytes',
      'openclaw_event_append_duration_seconds_count',
      'openclaw_event_log_commit_duration_seconds_count',
      'openclaw_database_size_bytes{database="events"}',
      'openclaw_disk_free_bytes',
      'openclaw_disk_size_bytes',
      'openclaw_host_memory_bytes{state="total"}',
      'openclaw_host_cpu_seconds_total{mode="user"}',
      'openclaw_network_received_bytes_total',
      'openclaw_network_sent_bytes_total',
      'openclaw_message_stage_duration_seconds_count{stage="authenticate"}',
      'openclaw_message_stage_duration_seconds_count{stage="route"}',
      'openclaw_message_stage_duration_seconds_count{stage="queue"}',
      'openclaw_message_stage_duration_seconds_count{stage="model"}',
      'openclaw_message_stage_duration_seconds_count{stage="agent"}',
      'openclaw_message_stage_duration_seconds_count{stage="deliver"}',
      'openclaw_route_decisions_total{rule_kind="agents.default"}',
    ];
    for (const sample of positive) expect(figureOf(text, sample), sample).toBeGreaterThan(0);
    expect(figureOf(text, 'openclaw_queue_oldest_age_seconds{queue="messages"}')).toBe(0);
    expect(figureOf(text, 'openclaw_log_lines_dropped_total')).toBe(0);
    expect(figureOf(text, 'openclaw_chain_valid')).toBe(1);
    await until('every projection has come to the end', async () =>
      /^openclaw_projection_lag_events\{projection="messages"\} 0$/m.test(await scrape()),
    );
    expect(text).not.toMatch(/="(ses|msg|run|usr|snd)_/);
  });

  test(`gateway.monitoring.metrics.collect.system.{cpu,memory,disk,network} and gateway.monitoring.metrics.collect.application.{requests,latency,errors,channels,agents}: switched off, its families are gone at once and no others`, async () => {
    expect(SWITCHES).toHaveLength(9);
    for (const name of SWITCHES) {
      const before = familiesOf(await scrape());
      await setKey(`${KEY}.${name}`, 'false');
      const after = familiesOf(await scrape());
      const gone = [...before].filter((family) => !after.has(family));
      const own = DEFINITIONS.filter(([, { collect }]) => collect === name).map(([family]) => family);
      expect(gone.toSorted(), name).toEqual(own.filter((family) => before.has(family)).toSorted());
      expect(gone, name).not.toEqual([]);
      await setKey(`${KEY}.${name}`, 'true');
    }
  });

  test('gateway.monitoring.metrics.enabled false: nothing is served', async () => {
    await setKey('gateway.monitoring.metrics.enabled', 'false');
    expect((await gateway.request('/metrics')).status).toBe(404);
    expect(await gateway.command(['metrics', 'scrape-config'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Metrics are off'),
    });
    await setKey('gateway.monitoring.metrics.enabled', 'true');
    expect((await gateway.request('/metrics')).status).toBe(200);
  });

  test('gateway.monitoring.healthCheck false: GET /health is not there', async () => {
    expect((await gateway.request('/health')).status).toBe(200);
    await setKey('gateway.monitoring.healthCheck', 'false');
    expect((await gateway.request('/health')).status).toBe(404);
    await setKey('gateway.monitoring.healthCheck', 'true');
    expect((await gateway.request('/health')).status).toBe(200);
  });

  test('gateway.monitoring.metrics.endpoint: served there, and nowhere else', async () => {
    await using other = await startGateway({ config: { gateway: { monitoring: { metrics: { endpoint: '/internal/figures' } } } } });
    expect(await (await other.request('/internal/figures')).text()).toContain('openclaw_build_info{');
    expect(await (await other.request('/metrics')).text()).not.toContain('openclaw_build_info');
    expect((await other.command(['metrics', 'scrape-config'])).stdout).toContain('metrics_path: "/internal/figures"');
  });
});

describe('openclaw metrics', () => {
  test('C2 grafana: every metric that the dashboard asks for is in a live scrape, and Prometheus can read every expression', async () => {
    const { code, stdout } = await gateway.command(['metrics', 'grafana']);
    expect(code).toBe(0);
    const dashboard = JSON.parse(stdout) as { panels: { targets?: { expr: string }[] }[] };
    const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(30);
    const families = familiesOf(await scrape());
    for (const expr of expressions) {
      const names = [...expr.matchAll(/\b(?:openclaw|process|nodejs)_\w+/g)].map(([name]) => name);
      expect(names, expr).not.toEqual([]);
      for (const name of names) expect(families.has(name.replace(/_bucket$/, '')), name).toBe(true);
    }
    // Grafana fills in the interval.
    const rules = expressions.map((expr, index) => ({ record: `panel:${index}`, expr: expr.replaceAll('$__rate_interval', '5m') }));
    const file = JSON.stringify({ groups: [{ name: 'panels', rules }] });
    expect(await checkFile('rules', file)).toMatchObject({ code: 0 });
  });

  test('C2 scrape-config: promtool takes it, with the file of the token', async () => {
    const { code, stdout } = await gateway.command(['metrics', 'scrape-config']);
    expect(code).toBe(0);
    expect(await checkFile('config', stdout)).toMatchObject({ code: 0 });
    expect(stdout).toContain(join(gateway.stateDir, 'gateway-token'));
    expect(stdout).toContain(new URL(gateway.url()).host);
    const bad = await gateway.command(['metrics', 'scrape-config', '--target', 'http://here']);
    expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining('gateway.example:18789') });
  });

  test('C3 alert-rules: promtool takes them, their metrics are in a live scrape, and they have the thresholds of the configuration', async () => {
    await setKey('gateway.monitoring.alerts.rules.queueAge.threshold', '7m');
    await setKey('gateway.monitoring.alerts.rules.tokensPerDay.threshold', '123456');
    await setKey('gateway.monitoring.alerts.rules.diskLow.enabled', 'false');
    const { code, stdout } = await gateway.command(['metrics', 'alert-rules']);
    expect(code).toBe(0);
    expect(await checkFile('rules', stdout)).toMatchObject({ code: 0 });
    expect(stdout).toContain('> 420');
    expect(stdout).toContain('> 123456');
    expect(stdout).not.toContain('DiskLow');
    const families = familiesOf(await scrape());
    for (const [name] of stdout.matchAll(/\bopenclaw_\w+/g)) expect(families.has(name), name).toBe(true);
  });
});
