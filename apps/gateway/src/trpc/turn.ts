import type { EventDetail } from '@openclaw-gateway/db';
import { type DataOf, RouteDecided, SESSION_KEY_PARTS } from '@openclaw-gateway/events';
import { z } from 'zod';
import { eventRow } from './rows.ts';

const FACT_CHARS = 200;

const fact = z.union([z.string(), z.number(), z.boolean()]);

/** An event of a turn without its payload: the row, and the short single values of its data, with those of its problem and its usage. */
export const turnEvent = eventRow.extend({ facts: z.record(z.string(), fact) });

const fields = z.record(z.string(), z.string());

/** What was decided then, as it was recorded: nothing of it is worked out again. */
export const routeDecision = z.object({
  position: z.number(),
  candidates: z
    .array(
      z.object({
        rule: z.string(),
        priority: z.number(),
        matched: z.boolean().optional(),
        reason: z.string(),
        expected: fields,
        actual: fields,
      }),
    )
    .readonly(),
  winner: z.string().optional(),
  agentId: z.string().optional(),
  model: z.string().optional(),
  modelFrom: z.string().optional(),
  sessionId: z.string().optional(),
  sessionKeyRule: z.string().optional(),
  /** Absent in decisions of versions that did not record it. */
  sessionKeyParts: z
    .array(z.object({ part: z.enum(SESSION_KEY_PARTS), value: z.string(), by: z.string() }))
    .readonly()
    .optional(),
  configHash: z.string(),
  evaluatorVersion: z.number(),
  durationUs: z.number(),
});

export function toTurnEvent(event: EventDetail): z.output<typeof turnEvent> {
  return { ...event, facts: factsOf(event.data) };
}

/** The recorded decision among a turn's events; absent when there was none or its data was erased. */
export function recordedRoute(events: readonly EventDetail[]): z.output<typeof routeDecision> | undefined {
  const event = events.find((candidate) => candidate.type === RouteDecided.type);
  if (!event || event.dataTruncated || !Array.isArray((event.data as { candidates?: unknown } | null)?.candidates)) return undefined;
  return { position: event.position, ...(event.data as DataOf<typeof RouteDecided>) };
}

function factsOf(data: unknown): Record<string, z.output<typeof fact>> {
  if (typeof data !== 'object' || data === null) return {};
  const flat = { ...data, ...problemOf(data), ...usageOf(data) };
  return Object.fromEntries(Object.entries(flat).filter((entry): entry is [string, z.output<typeof fact>] => isFact(entry[1])));
}

function problemOf(data: object): { problemCode?: unknown; problemMessage?: unknown } {
  const cause = (data as { problem?: { code?: unknown; message?: unknown } }).problem;
  return cause ? { problemCode: cause.code, problemMessage: cause.message } : {};
}

/** What a model's answer took. */
function usageOf(data: object): object {
  return (data as { usage?: object }).usage ?? {};
}

function isFact(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= FACT_CHARS);
}
