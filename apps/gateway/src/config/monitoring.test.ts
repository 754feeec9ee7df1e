import { expect, test } from 'vitest';
import { readConfig } from './read.ts';

const problems = (value: unknown): string[] => {
  try {
    readConfig(JSON.stringify(value), { env: {} });
    return [];
  } catch (error) {
    const { findings } = (error as { details: { findings: { path: string; expected: string; hint?: string }[] } }).details;
    return findings.map(({ path, expected, hint }) => `${path}: ${expected}${hint ? ` (${hint})` : ''}`);
  }
};
const exporting = (type: string | undefined, endpoint: string | undefined) =>
  problems({ gateway: { monitoring: { metrics: { export: { enabled: true, ...(type && { type }), ...(endpoint && { endpoint }) } } } } });
const AT = 'gateway.monitoring.metrics.export.endpoint';

test.each([
  [undefined, 'http://prometheus:9090/metrics'],
  ['prometheus', 'https://push.example:9091'],
  ['influxdb', 'http://influx:8086/write?db=openclaw'],
  ['influxdb', 'http://influx:8086/write?db=openclaw&rp=week'],
  ['influxdb', 'https://influx:8086/api/v2/write?org=me&bucket=openclaw'],
  ['datadog', 'udp://127.0.0.1:8125'],
  ['datadog', 'udp://agent'],
])('%s takes %s', (type, endpoint) => {
  expect(exporting(type, endpoint)).toEqual([]);
});

test.each([
  ['prometheus', undefined, 'because the export is on'],
  [
    'prometheus',
    'http://prometheus:9090/api/v1/write',
    'a Prometheus Pushgateway, such as "http://pushgateway:9091" (Remote write is not spoken.',
  ],
  ['prometheus', 'https://mimir/api/v1/push', 'Remote write is not spoken'],
  ['prometheus', 'udp://host:1', '"http://…" or "https://…", because the type is "prometheus"'],
  ['influxdb', 'http://influx:8086', '/write?db=NAME'],
  ['influxdb', 'http://influx:8086/api/v2/write?bucket=openclaw', '/api/v2/write?org=ORG&bucket=NAME'],
  ['datadog', 'https://api.datadoghq.com', '"udp://127.0.0.1:8125"'],
  ['prometheus', 'ftp://host', 'an address: "http://…"'],
])('%s at %s is refused with what is taken there', (type, endpoint, expected) => {
  const found = exporting(type, endpoint);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`${AT}: `);
  expect(found[0]).toContain(expected);
});

test('gateway.monitoring.metrics.export.interval and gateway.monitoring.alerts.interval have a least value', () => {
  expect(problems({ gateway: { monitoring: { metrics: { export: { interval: '10ms' } }, alerts: { interval: '1ms' } } } })).toEqual([
    'gateway.monitoring.metrics.export.interval: a duration of 1s or more',
    'gateway.monitoring.alerts.interval: a duration of 100ms or more',
  ]);
});

test('a destination must name a channel that is configured', () => {
  const destinations = [{ type: 'channel', channel: 'telegarm', to: '1' }];
  const at = 'gateway.monitoring.alerts.destinations[0].channel';
  expect(problems({ gateway: { monitoring: { alerts: { destinations } } }, channels: { telegram: { botToken: 'x' } } })).toEqual([
    `${at}: a configured channel: telegram`,
  ]);
  expect(problems({ gateway: { monitoring: { alerts: { destinations } } } })).toEqual([
    `${at}: a configured channel; there is none under channels`,
  ]);
});

test.each([
  ['tyype:x', /^gateway\.monitoring\.alerts\.queries\.mine\.query: a query\. .*There is no field tyype/],
  ['type:message.* time:-1h', /a query without a relative time/],
])('an alert by the query %s is refused with what is wrong with it', (query, expected) => {
  const found = problems({ gateway: { monitoring: { alerts: { queries: { mine: { query } } } } } });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(expected);
});

test('there are at most 20 queries for alerts', () => {
  const queries = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`q${index}`, { query: 'sev:error time:2026-01-01' }]));
  expect(problems({ gateway: { monitoring: { alerts: { queries } } } })).toEqual(['gateway.monitoring.alerts.queries: at most 20']);
});

test('a schedule must name a channel that is configured, or a door of the gateway', () => {
  const schedule = (channel: string) => ({ schedules: { morning: { cron: '0 9 * * *', text: 'hello', channel, to: { id: '1' } } } });
  expect(problems({ ...schedule('telegarm'), channels: { telegram: { botToken: 'x' } } })).toEqual([
    'schedules.morning.channel: a configured channel: telegram',
  ]);
  expect(problems(schedule('telegram'))).toEqual(['schedules.morning.channel: a configured channel; there is none under channels']);
  expect(problems({ ...schedule('telegram'), channels: { telegram: { botToken: 'x' } } })).toEqual([]);
  expect(problems(schedule('http'))).toEqual([]);
});

test('a destination that is neither a webhook nor a channel is refused with the shapes there are', () => {
  const found = problems({ gateway: { monitoring: { alerts: { destinations: [{ type: 'mail', to: 'x' }] } } } });
  expect(found.join()).toMatch(/webhook/);
});
