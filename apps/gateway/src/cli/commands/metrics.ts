/** `openclaw metrics …`: prints what Prometheus and Grafana read. Needs no running gateway. */
import { existsSync } from 'node:fs';
import { GatewayError } from '@openclaw-gateway/events';
import { prometheusAlertRules } from '../../operations/metrics/prometheus/alert-rules.ts';
import { grafanaDashboard } from '../../operations/metrics/prometheus/grafana.ts';
import { scrapeConfig } from '../../operations/metrics/prometheus/scrape-config.ts';
import type { Context } from '../context.ts';
import { shortPath } from '../output.ts';

/** The dashboard is JSON with and without --json. */
export async function printGrafana(context: Context): Promise<undefined> {
  const dashboard = grafanaDashboard();
  context.out.result(dashboard, () => [JSON.stringify(dashboard, null, 2)]);
}

export async function printScrapeConfig(context: Context, { target }: { readonly target?: string }): Promise<undefined> {
  const { config } = await context.config();
  const { metrics } = config.gateway.monitoring;
  if (!metrics.enabled) {
    throw new GatewayError('USAGE', {
      message: 'Metrics are off: gateway.monitoring.metrics.enabled is false, so there is nothing to scrape.',
    });
  }
  if (target !== undefined && !/^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/.test(target)) {
    throw new GatewayError('USAGE', { message: `--target is a host and a port, such as gateway.example:18789; "${target}" is not.` });
  }
  const url = new URL((await context.address()).url);
  const text = scrapeConfig({
    target: target ?? url.host,
    scheme: url.protocol === 'https:' ? 'https' : 'http',
    path: metrics.endpoint,
    tokenFile: context.paths.token,
  });
  context.out.result({ ok: true, config: text }, () => [text]);
  if (context.out.json || existsSync(context.paths.token)) return;
  context.out.note(
    `${shortPath(context.paths.token)} does not exist: the gateway makes it on its first start, unless its token is set elsewhere. Then write that token into a file and name it here.`,
  );
}

export async function printAlertRules(context: Context): Promise<undefined> {
  const { config } = await context.config();
  const text = prometheusAlertRules(config.gateway.monitoring.alerts.rules);
  context.out.result({ ok: true, rules: text }, () => [text]);
}
