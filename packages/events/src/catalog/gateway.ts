import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { count, durationMs, hash, name } from './shared.ts';

export const GatewayStarted = defineEvent('gateway.started', {
  version: 1,
  description: 'The gateway process opened its log and began to serve.',
  schema: z.object({
    gatewayId: name,
    programVersion: name,
    nodeVersion: name,
    pid: count,
    host: name,
    port: count,
    configHash: hash,
  }),
  summary: (d) => `Gateway ${d.programVersion} started on ${d.host}:${d.port}`,
  retention: 'audit',
});

export const GatewayStopped = defineEvent('gateway.stopped', {
  version: 1,
  description: 'The gateway stopped in good order.',
  schema: z.object({ reason: name, uptimeMs: durationMs }),
  summary: (d) => `Gateway stopped: ${d.reason}`,
  retention: 'audit',
});

export const GatewayCrashRecovered = defineEvent('gateway.crash_recovered', {
  version: 1,
  description: 'The previous process ended without gateway.stopped; what it left unfinished was taken up again.',
  schema: z.object({ unsettledMessages: count, interruptedTools: count, uncertainDeliveries: count }),
  summary: (d) => `Recovered from a crash: ${d.unsettledMessages} unsettled messages, ${d.uncertainDeliveries} uncertain deliveries`,
  retention: 'audit',
  severity: 'warn',
});

export const GatewayProjectionResumed = defineEvent('gateway.projection_resumed', {
  version: 1,
  description: 'An operator let a projection that had stopped at an event go on, by trying it again or by skipping it.',
  schema: z.object({ projection: name, position: count, action: z.enum(['retry', 'skip']) }),
  summary: (d) => `Projection ${d.projection} resumed at ${d.position}: ${d.action}`,
  retention: 'audit',
  severity: 'warn',
});

const memoryState = z.enum(['normal', 'elevated', 'high', 'critical']);

export const GatewayMemoryChanged = defineEvent('gateway.memory_changed', {
  version: 1,
  description: 'The gateway came nearer to its limit of memory, or away from it, and takes less, or more, than before.',
  schema: z.object({ from: memoryState, to: memoryState, usedBytes: count, limitBytes: count, percentage: z.number().nonnegative() }),
  summary: (d) => `Memory is ${d.to} (before: ${d.from}): ${d.percentage} % of ${Math.round(d.limitBytes / 1024 ** 2)} MB`,
  retention: 'audit',
  severity: 'warn',
});

export type GatewayState = { readonly running: boolean; readonly startedAt?: number };

export const Gateway = defineAggregate<GatewayState>({
  name: 'gateway',
  events: [GatewayStarted, GatewayStopped, GatewayCrashRecovered, GatewayProjectionResumed, GatewayMemoryChanged],
  initial: () => ({ running: false }),
  evolve: (state, event) => {
    if (GatewayStarted.is(event)) return { running: true, startedAt: event.time };
    if (GatewayStopped.is(event)) return { ...state, running: false };
    return state;
  },
});
