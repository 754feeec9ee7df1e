/** A Prometheus Pushgateway: each push replaces the group of this gateway. */
import { sendTo } from '../../endpoint.ts';
import { METRICS_MEDIA_TYPE } from '../registry.ts';
import type { ExportSettings, Target } from './target.ts';

export function createPushgatewayTarget({ endpoint, token, headers }: ExportSettings, gatewayId: string): Target {
  const url = groupUrl(endpoint, gatewayId);
  return {
    push: async (snapshot, signal) =>
      sendTo(url, {
        method: 'PUT',
        headers: { 'content-type': METRICS_MEDIA_TYPE, ...(token && { authorization: `Bearer ${token}` }), ...headers },
        body: await snapshot.text(),
        signal,
      }),
    close: async () => undefined,
  };
}

/**
 * Where the group of this gateway is, below the address of a Pushgateway. An address that names a group is taken as it is.
 * @example groupUrl('http://push:9091', 'gw_1') // 'http://push:9091/metrics/job/openclaw/instance/gw_1'
 */
export function groupUrl(endpoint: string, gatewayId: string): string {
  const url = new URL(endpoint);
  const base = url.pathname.replace(/\/+$/, '');
  if (base.includes('/metrics/job/')) return url.href;
  url.pathname = `${base.endsWith('/metrics') ? base : `${base}/metrics`}/job/openclaw/instance/${gatewayId}`;
  return url.href;
}
