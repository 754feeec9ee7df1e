import { block, choice, flag, requestPath, url } from './values.ts';

const on = (what: string) => flag().prefault(true).describe(`Collect ${what}.`);

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
      type: choice(['prometheus', 'influxdb', 'datadog']).prefault('prometheus').describe('The kind of server.'),
      endpoint: url().exactOptional().describe('Where it takes them.'),
    }).prefault({}),
  }).prefault({}),
});
