/** What must hold between keys. It works on anything that was written, so that it can speak beside other findings. */
import { conditionOf } from '@openclaw-gateway/db/query/index';
import { toGatewayError } from '@openclaw-gateway/events';
import { PULL_CHANNELS } from '../pull-channels.ts';
import { formatPath, parsePath, valueAt } from './path.ts';
import { checkOAuth } from './relations-oauth.ts';
import type { Finding } from './types.ts';

export type Exceptions = {
  /** Whoever starts the gateway takes it on himself that everyone who reaches it may do everything. */
  readonly letAnyoneIn?: boolean;
};

/** The findings about keys that need, or exclude, each other. `document` is without aliases and with the environment. */
export function checkRelations(document: unknown, { letAnyoneIn = false }: Exceptions = {}): Finding[] {
  const get = (path: string) => valueAt(document, parsePath(path));
  return [
    ...checkHttps(get),
    ...checkInstances(get),
    ...checkAuth(get),
    ...checkOAuth(get),
    ...(letAnyoneIn ? [] : checkNoSignIn(get)),
    ...checkTailscale(get),
    ...checkExport(get),
    ...checkAlerts(get),
    ...checkAlertQueries(get),
    ...checkSchedules(get),
    ...checkAgents(document),
  ];
}

const LET_ANYONE_IN = '`openclaw gateway run --dangerously-let-anyone-in` starts it all the same.';

type Get = (path: string) => unknown;

/** Whoever stands by passes on what comes in, and has no certificate to do it with. */
function* checkInstances(get: Get): Generator<Finding> {
  if (get('gateway.database.url') === undefined || get('gateway.network.https.enabled') !== true) return;
  yield {
    path: 'gateway.network.https.enabled',
    value: 'true',
    expected: 'false, because several instances share a log (gateway.database.url)',
    hint: 'Let the load balancer speak HTTPS: `openclaw gateway nginx --instances …` writes its configuration.',
  };
}

function* checkHttps(get: Get): Generator<Finding> {
  if (get('gateway.network.https.enabled') !== true) return;
  const at = 'gateway.network.https';
  const suites = get(`${at}.cipherSuites`);
  if (
    get(`${at}.minVersion`) === '1.3' &&
    Array.isArray(suites) &&
    suites.length > 0 &&
    !suites.some((name) => /^TLS_/.test(String(name)))
  ) {
    yield {
      path: `${at}.cipherSuites`,
      value: JSON.stringify(suites).slice(0, 120),
      expected: 'a suite of TLS 1.3 such as "TLS_AES_256_GCM_SHA384", because minVersion is "1.3"',
    };
  }
  if (get(`${at}.letsEncrypt.enabled`) === true) {
    if (get(`${at}.letsEncrypt.domain`) === undefined)
      yield { path: `${at}.letsEncrypt.domain`, expected: "the domain name of this gateway, because Let's Encrypt is on" };
    return;
  }
  const cert = get(`${at}.cert`);
  if (cert === undefined) {
    yield { path: `${at}.cert`, expected: 'the path of a certificate in PEM, because https is on', hint: 'Or turn on https.letsEncrypt.' };
  }
  if (cert !== undefined && get(`${at}.key`) === undefined && get(`${at}.cert.keyFile`) === undefined) {
    yield { path: `${at}.key`, expected: "the path of the certificate's private key in PEM, because https is on" };
  }
}

function* checkAuth(get: Get): Generator<Finding> {
  if (get('gateway.auth.type') === 'oauth' && get('gateway.auth.oauth') === undefined) {
    yield {
      path: 'gateway.auth.oauth',
      expected: 'provider, clientId, clientSecret, redirectUri and jwt, because gateway.auth.type is "oauth"',
    };
  }
}

/** Without sign-in everyone who reaches the gateway may do everything: that must be this machine alone. */
function* checkNoSignIn(get: Get): Generator<Finding> {
  if (get('gateway.auth.type') !== 'disabled') return;
  const host = get('gateway.network.host') ?? '127.0.0.1';
  const publicUrl = get('gateway.network.publicUrl');
  const finding = { path: 'gateway.auth.type', value: '"disabled"' };
  if (typeof host === 'string' && !isLoopback(host)) {
    yield {
      ...finding,
      expected: `"token" or "oauth", because other machines can reach the gateway at ${host}`,
      hint: `Without sign-in it may only listen on 127.0.0.1. ${LET_ANYONE_IN}`,
    };
  }
  if (typeof publicUrl === 'string' && !isLoopback(URL.parse(publicUrl)?.hostname ?? '')) {
    yield {
      ...finding,
      expected: `"token" or "oauth", because people reach the gateway at ${publicUrl} (gateway.network.publicUrl)`,
      hint: LET_ANYONE_IN,
    };
  }
  if (get('gateway.tailscale.enabled') === true) {
    const isPublic = get('gateway.tailscale.funnel.enabled') === true;
    yield {
      ...finding,
      expected: `"token" or "oauth", because Tailscale brings the gateway to ${isPublic ? 'the internet' : 'other machines'}`,
      hint: `Or set ${isPublic ? 'gateway.tailscale.funnel.enabled' : 'gateway.tailscale.enabled'} to false.`,
    };
  }
}

/** Whom Tailscale lets in must be told from who sits at this machine, and must be able to be turned away. */
function* checkTailscale(get: Get): Generator<Finding> {
  const at = 'gateway.tailscale';
  if (get(`${at}.enabled`) !== true) return;
  const isPublic = get(`${at}.funnel.enabled`) === true;
  const host = get('gateway.network.host') ?? '127.0.0.1';
  if (typeof host === 'string' && !isLoopback(host) && host !== '0.0.0.0' && host !== '::') {
    yield {
      path: 'gateway.network.host',
      value: JSON.stringify(host),
      expected: '"127.0.0.1", because Tailscale reaches the gateway from this machine',
      hint: 'Other machines come in by Tailscale; "0.0.0.0" lets those of the local network in, too.',
    };
  }
  if (!isPublic || get(`${at}.funnel.https`) !== false) return;
  if (get('gateway.network.https.enabled') !== true) {
    yield {
      path: `${at}.funnel.https`,
      value: 'false',
      expected: 'true, or gateway.network.https.enabled: somebody must answer the TLS of visitors, Tailscale or the gateway itself',
    };
  }
  if (get(`${at}.funnel.auth`) === 'none') {
    yield {
      path: `${at}.funnel.auth`,
      value: '"none"',
      expected: '"password", because without funnel.https Tailscale does not say where a visitor comes from',
    };
  }
}

function* checkExport(get: Get): Generator<Finding> {
  const at = 'gateway.monitoring.metrics.export';
  const endpoint = get(`${at}.endpoint`);
  if (get(`${at}.enabled`) === true && endpoint === undefined) {
    yield { path: `${at}.endpoint`, expected: 'the address that metrics are pushed to, because the export is on' };
  }
  const url = typeof endpoint === 'string' ? URL.parse(endpoint) : null;
  // What is no address at all, the key itself complains of.
  if (!url || !['http:', 'https:', 'udp:'].includes(url.protocol)) return;
  const problem = pushProblem(get(`${at}.type`) ?? 'prometheus', url);
  if (problem) yield { path: `${at}.endpoint`, value: JSON.stringify(endpoint), ...problem };
}

/** Why metrics cannot be pushed to an address. */
function pushProblem(type: unknown, url: URL): { readonly expected: string; readonly hint?: string } | undefined {
  if (type === 'datadog') {
    if (url.protocol === 'udp:' && url.hostname !== '') return undefined;
    return { expected: 'the DogStatsD port of a Datadog agent, such as "udp://127.0.0.1:8125"' };
  }
  if (url.protocol === 'udp:') return { expected: `"http://…" or "https://…", because the type is "${String(type)}"` };
  if (type === 'influxdb') {
    const { pathname, searchParams } = url;
    const isV1 = pathname.endsWith('/write') && !pathname.endsWith('/api/v2/write') && searchParams.has('db');
    const isV2 = pathname.endsWith('/api/v2/write') && searchParams.has('org') && searchParams.has('bucket');
    if (isV1 || isV2) return undefined;
    return {
      expected:
        '"http://host:8086/write?db=NAME" for InfluxDB 1, "http://host:8086/api/v2/write?org=ORG&bucket=NAME" for InfluxDB 2 and later',
    };
  }
  if (!/\/api\/v1\/(write|push)\/?$/.test(url.pathname)) return undefined;
  return {
    expected: 'a Prometheus Pushgateway, such as "http://pushgateway:9091"',
    hint: 'Remote write is not spoken. Prometheus itself can scrape the gateway: `openclaw metrics scrape-config`.',
  };
}

function* checkAlerts(get: Get): Generator<Finding> {
  const destinations = get('gateway.monitoring.alerts.destinations');
  if (!Array.isArray(destinations)) return;
  const names = channelNames(get);
  for (const [index, destination] of destinations.entries()) {
    const channel = (destination as { readonly channel?: unknown } | null)?.channel;
    if (typeof channel !== 'string' || names.includes(channel)) continue;
    yield {
      path: `gateway.monitoring.alerts.destinations[${index}].channel`,
      value: JSON.stringify(channel),
      expected: expectedChannel(names),
    };
  }
}

const MOST_QUERIES = 20;

function* checkAlertQueries(get: Get): Generator<Finding> {
  const path = 'gateway.monitoring.alerts.queries';
  const queries = get(path);
  if (typeof queries !== 'object' || queries === null) return;
  const named = Object.entries(queries);
  if (named.length > MOST_QUERIES) yield { path, value: `${named.length} queries`, expected: `at most ${MOST_QUERIES}` };
  for (const [name, rule] of named) {
    const query = (rule as { readonly query?: unknown } | null)?.query;
    if (typeof query !== 'string') continue;
    const wrong = problemOf(query);
    if (wrong) yield { path: `${path}.${formatPath([name])}.query`, value: JSON.stringify(query), expected: wrong };
  }
}

function problemOf(query: string): string | undefined {
  try {
    const at = [0, 1].map((now) => JSON.stringify(conditionOf({ query }, now)));
    return at[0] === at[1] ? undefined : 'a query without a relative time: what counts are the events of `window`';
  } catch (error) {
    return `a query. ${toGatewayError(error).message}`;
  }
}

function* checkSchedules(get: Get): Generator<Finding> {
  const schedules = get('schedules');
  if (typeof schedules !== 'object' || schedules === null) return;
  const names = channelNames(get);
  for (const [name, schedule] of Object.entries(schedules)) {
    const channel = (schedule as { readonly channel?: unknown } | null)?.channel;
    // What is no name at all, the key itself complains of.
    if (typeof channel !== 'string' || names.includes(channel) || PULL_CHANNELS.has(channel)) continue;
    yield { path: formatPath(['schedules', name, 'channel']), value: JSON.stringify(channel), expected: expectedChannel(names) };
  }
}

function channelNames(get: Get): readonly string[] {
  const channels = get('channels');
  return typeof channels === 'object' && channels !== null ? Object.keys(channels) : [];
}

const expectedChannel = (names: readonly string[]) =>
  names.length > 0 ? `a configured channel: ${names.join(', ')}` : 'a configured channel; there is none under channels';

function* checkAgents(document: unknown): Generator<Finding> {
  const entries = valueAt(document, ['agents', 'entries']);
  const names = typeof entries === 'object' && entries !== null ? Object.keys(entries) : [];
  const known = names.length > 0 ? names : ['main'];
  const defaults = names.filter((name) => valueAt(entries, [name, 'default']) === true);
  for (const name of defaults.slice(1)) {
    yield {
      path: formatPath(['agents', 'entries', name, 'default']),
      value: 'true',
      expected: `one default agent; ${defaults[0]} is one already`,
    };
  }
  for (const path of agentReferences(document)) {
    const name = valueAt(document, path);
    if (typeof name !== 'string' || known.includes(name)) continue;
    yield {
      path: formatPath(path),
      value: JSON.stringify(name),
      expected: `the name of an agent: ${known.join(', ')}`,
      hint: 'Agents are named under agents.entries.',
    };
  }
}

function agentReferences(document: unknown): string[][] {
  const keys = (...path: string[]) => Object.keys((valueAt(document, path) as object | null | undefined) ?? {});
  return [
    ...keys('bindings').map((index) => ['bindings', index, 'agentId']),
    ...keys('channels').flatMap((channel) => [
      ['channels', channel, 'agentId'],
      ...keys('channels', channel, 'accounts').map((account) => ['channels', channel, 'accounts', account, 'agentId']),
    ]),
    ...keys('hooks', 'entries').map((hook) => ['hooks', 'entries', hook, 'agentId']),
  ];
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
