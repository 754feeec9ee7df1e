import { z } from 'zod';
import type { ChannelStatus, Channels } from '../../parts.ts';
import { timeoutMs } from './fields.ts';
import { defineMethod } from './method.ts';

const DEFAULT_PROBE_MS = 10_000;

type Probe = Awaited<ReturnType<Channels['probe']>>[number];

/** How the channels are; with `probe` each service is really asked. */
export const channelsStatus = defineMethod({
  name: 'channels.status',
  scope: 'operator.read',
  params: z.strictObject({
    probe: z.boolean().optional(),
    timeoutMs: timeoutMs.default(DEFAULT_PROBE_MS),
    channel: z.string().min(1).max(64).optional(),
  }),
  run: async ({ probe, timeoutMs, channel }, { parts }) => {
    const probes = probe ? await withinTime(parts.channels.probe(channel), timeoutMs) : undefined;
    const rows = parts.channels.status().filter((row) => channel === undefined || row.channel === channel);
    const byChannel = Map.groupBy(rows, (row) => row.channel);
    const order = [...byChannel.keys()];
    return {
      ts: Date.now(),
      channelOrder: order,
      channelLabels: Object.fromEntries(order.map((id) => [id, labelOf(id)])),
      channels: Object.fromEntries([...byChannel].map(([id, accounts]) => [id, summaryOf(accounts)])),
      channelAccounts: Object.fromEntries([...byChannel].map(([id, accounts]) => [id, accounts.map((row) => accountOf(row, probes))])),
      channelDefaultAccountId: Object.fromEntries([...byChannel].map(([id, [first]]) => [id, first?.account ?? 'default'])),
      ...(probe && probes === undefined ? { partial: true, warnings: [`the probe took longer than ${timeoutMs} ms`] } : {}),
    };
  },
});

/** What all accounts of a channel amount to. */
export function summaryOf(accounts: readonly ChannelStatus[]): object {
  return {
    configured: true,
    enabled: accounts.some((row) => row.enabled),
    running: accounts.some((row) => row.enabled),
    connected: accounts.some((row) => row.connected),
    lastError: accounts.find((row) => row.error)?.error?.message ?? null,
  };
}

export function labelOf(channel: string): string {
  return channel.charAt(0).toUpperCase() + channel.slice(1);
}

function accountOf(row: ChannelStatus, probes: readonly Probe[] | undefined): object {
  const probe = probes?.find(({ channel, account }) => channel === row.channel && account === row.account);
  return {
    accountId: row.account,
    ...(row.identity === undefined ? {} : { name: row.identity }),
    enabled: row.enabled,
    configured: true,
    running: row.enabled,
    connected: row.connected,
    lastConnectedAt: row.connected ? (row.since ?? null) : null,
    lastInboundAt: row.lastInboundAt ?? null,
    lastOutboundAt: row.lastOutboundAt ?? null,
    lastError: row.error?.message ?? null,
    ...(probe ? { lastProbeAt: Date.now(), probe: { ok: probe.ok, steps: probe.steps.map(stepOf) } } : {}),
  };
}

function stepOf({ name, ok, durationMs, error }: Probe['steps'][number]): object {
  return { name, ok, durationMs, ...(error ? { error: error.toBody() } : {}) };
}

async function withinTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
