import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { count, durationMs, hash, name, problem } from './shared.ts';

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

export const GatewaySafeModeEntered = defineEvent('gateway.safe_mode_entered', {
  version: 1,
  description: 'The gateway started in safe mode, after crashes or because it was asked to: no channel, no message, no model.',
  schema: z.object({ asked: z.boolean(), crashes: count, problem: problem.optional() }),
  summary: (d) => (d.asked ? 'Safe mode, as asked' : `Safe mode after ${d.crashes} crashes${d.problem ? `: ${d.problem.message}` : ''}`),
  retention: 'audit',
  severity: 'warn',
});

export const GatewaySafeModeLeft = defineEvent('gateway.safe_mode_left', {
  version: 1,
  description: 'The gateway started as usual again after safe mode.',
  schema: z.object({}),
  summary: () => 'Out of safe mode',
  retention: 'audit',
});

export const GatewayLogMoved = defineEvent('gateway.log_moved', {
  version: 1,
  description: 'The log was moved: this is the last event that was added where it was, and what follows was added where it is now.',
  schema: z.object({ from: name, to: name }),
  summary: (d) => `Log moved from ${d.from} to ${d.to}`,
  retention: 'audit',
});

const level = z.enum(['debug', 'info', 'warn', 'error', 'fatal']);

export const GatewayLogLevelChanged = defineEvent('gateway.log_level_changed', {
  version: 1,
  description: "The level of the process's own log was changed while it ran, or returned to the configured one when its time was over.",
  schema: z.object({ from: level, to: level, cause: z.enum(['asked', 'expired']), forMs: durationMs.optional() }),
  summary: (d) =>
    `Log level ${d.from} → ${d.to}${d.cause === 'expired' ? ', its time was over' : d.forMs === undefined ? '' : ` for ${Math.round(d.forMs / 1000)} s`}`,
  retention: 'audit',
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

export type GatewayState = { readonly running: boolean; readonly startedAt?: number; readonly safeMode?: boolean };

export const Gateway = defineAggregate<GatewayState>({
  name: 'gateway',
  events: [
    GatewayStarted,
    GatewayStopped,
    GatewayCrashRecovered,
    GatewaySafeModeEntered,
    GatewaySafeModeLeft,
    GatewayLogMoved,
    GatewayLogLevelChanged,
    GatewayProjectionResumed,
    GatewayMemoryChanged,
  ],
  initial: () => ({ running: false }),
  evolve: (state, event) => {
    if (GatewayStarted.is(event)) return { ...state, running: true, startedAt: event.time };
    if (GatewaySafeModeEntered.is(event)) return { ...state, safeMode: true };
    if (GatewaySafeModeLeft.is(event)) return { ...state, safeMode: false };
    if (GatewayStopped.is(event)) return { ...state, running: false };
    return state;
  },
});
