import { z } from 'zod';
import { alerts } from './alerts.ts';
import { block, choice, duration, flag, requestPath, secret, table, text, url } from './values.ts';

const on = (what: string) => flag().prefault(true).describe(`Collect ${what}.`);

/** Headers may carry credentials; they are masked like secrets. */
const headers = (whom: string) =>
  table(text('the value of a header').describe('The value of one header.'), 'a header name')
    .prefault({})
    .describe(`Headers that ${whom} wants; they are masked like secrets.`);

const PUSH_ADDRESS = 'an address: "http://…" or "https://…" for prometheus and influxdb, "udp://host:8125" for datadog';

export const monitoring = block({
  healthCheck: flag().prefault(true).describe('Answer `GET /health`.'),
  metrics: block({
    enabled: flag().prefault(true).describe('Collect metrics and serve them.'),
    endpoint: requestPath().prefault('/metrics').describe('The path that serves them.'),
    collect: block({
      system: block({
        cpu: on('processor time'),
        memory: on('memory use'),
        disk: on('disk use'),
        network: on('network traffic'),
      }).prefault({}),
      application: block({
        requests: on('counts of requests'),
        latency: on('times of requests and replies'),
        errors: on('counts of errors'),
        channels: on('the state of channels'),
        agents: on('the work of agents'),
      }).prefault({}),
    }).prefault({}),
    export: block({
      enabled: flag().prefault(false).describe('Push the metrics to a server.'),
      type: choice(['prometheus', 'influxdb', 'datadog'])
        .prefault('prometheus')
        .describe('The kind of server: a Prometheus Pushgateway, InfluxDB, or a Datadog agent (DogStatsD).'),
      endpoint: z
        .string({ error: PUSH_ADDRESS })
        .refine((input) => ['http:', 'https:', 'udp:'].includes(URL.parse(input)?.protocol ?? ''), { error: PUSH_ADDRESS })
        .exactOptional()
        .describe('Where it takes them; docs/monitoring.md says which addresses each kind takes.'),
      interval: duration({ minMs: 1000 }).prefault('15s').describe('How often they are pushed; at least 1s.'),
      token: secret().exactOptional().describe('Sent as `Authorization: Bearer …`, to InfluxDB as `Token …`.'),
      headers: headers('the server'),
    }).prefault({}),
  }).prefault({}),
  traces: block({
    enabled: flag().prefault(false).describe('Send a trace of each message to an OpenTelemetry collector.'),
    endpoint: url()
      .prefault('http://127.0.0.1:4318/v1/traces')
      .describe('Where the collector takes OTLP over HTTP; `/v1/traces` is added to an address without a path.'),
    headers: headers('the collector'),
    captureContent: flag()
      .prefault(false)
      .describe('Send the texts of messages and the arguments and results of tools, too. They leave this machine then.'),
  }).prefault({}),
  alerts: alerts.prefault({}),
});
