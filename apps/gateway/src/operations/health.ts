/** Whether the gateway is well, for probes: everything here is at hand in memory. */
import type { Parts } from '../parts.ts';
import { type SafeMode, safeModeError } from './boot-record.ts';

export type HealthStatus = 'healthy' | 'degraded' | 'starting' | 'stopping';

export type Health = {
  readonly ok: true;
  readonly status: HealthStatus;
  readonly timestamp: string;
  readonly safeMode?: { readonly since: string; readonly code: string; readonly remedy: string };
  readonly components: {
    readonly gateway: { readonly status: HealthStatus; readonly uptime: string; readonly version: string };
    readonly channels: { readonly status: HealthStatus; readonly connected: number; readonly total: number };
    readonly agents: { readonly status: HealthStatus; readonly active: number; readonly idle: number };
    /** Only where several instances share the log. */
    readonly database?: { readonly status: HealthStatus };
    /** Only where HTTPS is served. */
    readonly certificate?: { readonly status: HealthStatus; readonly state: 'active' | 'waiting'; readonly expires?: string };
    /** Only where the gateway is to be published by Tailscale. */
    readonly remote?: { readonly status: HealthStatus; readonly via: string; readonly address?: string };
    readonly memory: { readonly status: HealthStatus; readonly used: string; readonly limit: string; readonly percentage: number };
  };
};

/** More events than this wait for the disk only when something is wrong. */
export const BACKLOG_EVENTS = 5000;

/** The answer of `GET /health`. */
export function health(parts: Parts, nowMs = Date.now()): Health {
  const components = {
    gateway: { status: gatewayStatus(parts), uptime: formatUptime(nowMs - parts.startedAt), version: parts.version },
    channels: channelHealth(parts),
    agents: agentHealth(parts),
    ...databaseHealth(parts),
    ...certificateHealth(parts),
    ...remoteHealth(parts),
    memory: memoryHealth(parts),
  };
  const unwell = Object.values(components).some(({ status }) => status !== 'healthy');
  const gateway = components.gateway.status;
  const status = gateway === 'healthy' && unwell ? 'degraded' : gateway;
  const safeMode = parts.safeMode && { safeMode: describeSafeMode(parts.safeMode) };
  return { ok: true, status, timestamp: new Date(nowMs).toISOString(), ...safeMode, components };
}

/** What `GET /health?detailed` adds, for callers who may see it. */
export function healthDetails(parts: Parts) {
  const { heapUsed, heapTotal, external, arrayBuffers, rss } = process.memoryUsage();
  return {
    gatewayId: parts.gatewayId,
    phase: parts.phase(),
    ...(parts.safeMode && { safeMode: { ...parts.safeMode, message: safeModeError(parts.safeMode).message } }),
    logging: parts.logLevel.current(),
    pid: process.pid,
    node: process.version,
    startedAt: parts.startedAt,
    activity: parts.pipeline.activity(),
    log: parts.store.log.stats(),
    config: { hash: parts.config.current().hash },
    tls: parts.tls.status(),
    auditFeed: parts.auditFeed.status(),
    remote: remoteDetails(parts),
    metricsExport: parts.metricsExport.status(),
    traces: parts.traces.status(),
    alerts: parts.alerts.list().alerts.filter(({ state }) => state === 'firing'),
    channels: parts.channels.status().map(({ error, ...channel }) => (error ? { ...channel, error: error.toBody() } : channel)),
    memoryBytes: { rss, heapUsed, heapTotal, external, arrayBuffers, limit: parts.memory.use().limitBytes },
  };
}

/** What keeps the gateway from taking messages now; nothing when it is ready. */
export function notReady(parts: Parts): readonly string[] {
  const failing: string[] = [];
  if (parts.phase() !== 'ready') failing.push(parts.phase());
  if (parts.membership?.refusal()) failing.push('database');
  if (parts.tls.pending()) failing.push('certificate');
  if (parts.safeMode) failing.push('safe_mode');
  if (parts.store.log.stats().pendingEvents > BACKLOG_EVENTS) failing.push('log');
  return failing;
}

/** What is not well just now, each by a name that stays the same while it lasts. */
export function problemsOf(parts: Parts): readonly string[] {
  const down = parts.channels
    .status()
    .filter(({ enabled, state, error }) => enabled && (error !== undefined || state === 'degraded' || state === 'disconnected'));
  return [...notReady(parts), ...down.map(({ channel, account }) => `channel ${channel}/${account}`)];
}

/** Time in days, hours and minutes. @example formatUptime(649_800_000) // '7d 12h 30m' */
export function formatUptime(durationMs: number): string {
  const minutes = Math.max(0, Math.floor(durationMs / 60_000));
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24;
  if (days > 0) return `${days}d ${hours}h ${minutes % 60}m`;
  return hours > 0 ? `${hours}h ${minutes % 60}m` : `${minutes}m`;
}

/** A size in whole megabytes or in gigabytes. @example formatSize(2 ** 31) // '2GB' */
export function formatSize(bytes: number): string {
  const megabytes = bytes / 1024 ** 2;
  return megabytes < 1024 ? `${Math.round(megabytes)}MB` : `${Math.round(megabytes / 102.4) / 10}GB`;
}

function gatewayStatus(parts: Parts): HealthStatus {
  const phase = parts.phase();
  if (phase !== 'ready') return phase;
  return parts.safeMode ? 'degraded' : 'healthy';
}

/** For everybody: what the last error said is for those who may see details. */
function describeSafeMode({ since, asked, problem }: SafeMode): NonNullable<Health['safeMode']> {
  const { remedy } = safeModeError({ since, asked, crashes: 0 });
  return { since: new Date(since).toISOString(), code: asked ? 'ASKED' : (problem?.code ?? 'INTERNAL'), remedy };
}

function channelHealth(parts: Parts): Health['components']['channels'] {
  const enabled = parts.channels.status().filter((channel) => channel.enabled);
  const connected = enabled.filter((channel) => channel.connected).length;
  return { status: connected === enabled.length ? 'healthy' : 'degraded', connected, total: enabled.length };
}

function agentHealth(parts: Parts): Health['components']['agents'] {
  const configured = Object.keys(parts.config.current().config.agents.entries).length;
  const active = parts.pipeline.activity().activeRuns;
  return { status: 'healthy', active, idle: Math.max(0, configured - active) };
}

function databaseHealth({ membership }: Parts): Pick<Health['components'], 'database'> {
  return membership ? { database: { status: membership.refusal() ? 'degraded' : 'healthy' } } : {};
}

function certificateHealth(parts: Parts): Pick<Health['components'], 'certificate'> {
  const tls = parts.tls.status();
  if (tls.state === 'off') return {};
  const status = tls.state === 'active' && tls.problems.length === 0 ? 'healthy' : 'degraded';
  return { certificate: { status, state: tls.state, ...(tls.certificate && { expires: tls.certificate.expires }) } };
}

function remoteHealth(parts: Parts): Pick<Health['components'], 'remote'> {
  const remote = parts.remote.status();
  if (remote.state === 'off') return {};
  const status = { starting: 'starting', exposed: 'healthy', failed: 'degraded' } as const;
  return { remote: { status: status[remote.state], via: remote.via, ...(remote.url !== undefined && { address: remote.url }) } };
}

/** The way others reach the gateway, for operators. */
function remoteDetails(parts: Parts) {
  const remote = parts.remote.status();
  return remote.state === 'off' || !remote.error ? remote : { ...remote, error: remote.error.toBody() };
}

function memoryHealth({ memory }: Parts): Health['components']['memory'] {
  const { state, usedBytes, limitBytes } = memory.use();
  const percentage = Math.round((usedBytes / limitBytes) * 1000) / 10;
  const status = state === 'normal' ? 'healthy' : 'degraded';
  return { status, used: formatSize(usedBytes), limit: formatSize(limitBytes), percentage };
}
