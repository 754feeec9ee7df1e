/** The shapes of what the views answer, as they cross the wire. What is not named here does not leave the process. */
import { z } from 'zod';

export const severity = z.enum(['debug', 'info', 'warn', 'error']);
const position = z.int().nonnegative();
const time = z.number();

export const eventRow = z.object({
  position,
  time,
  type: z.string(),
  severity,
  summary: z.string(),
  channel: z.string().optional(),
  agentId: z.string().optional(),
  sessionId: z.string().optional(),
  correlationId: z.string().optional(),
  actor: z.string().optional(),
  durationMs: z.number().optional(),
});

/** The slowest answer of a conversation, and when it was given. */
export const slowAnswer = z.object({
  sessionId: z.string(),
  messageId: z.string(),
  title: z.string(),
  agentId: z.string(),
  channel: z.string(),
  tookMs: z.number(),
  at: time,
});

export const eventDetail = eventRow.extend({
  id: z.string(),
  streamId: z.string(),
  version: z.number(),
  schemaVersion: z.number(),
  data: z.unknown(),
  dataTruncated: z.boolean(),
  metadata: z.looseObject({}),
  hash: z.string(),
  previousHash: z.string(),
  previousInSession: position.optional(),
  nextInSession: position.optional(),
});

export const eventFilter = z.object({
  types: z.array(z.string().max(64)).max(50).optional(),
  sessionId: z.string().max(128).optional(),
  correlationId: z.string().max(128).optional(),
  fromTime: time.optional(),
  toTime: time.optional(),
  /** In the query language; an event must match it and the fields above. */
  query: z.string().max(2000).optional(),
});

const facetValues = z.array(z.object({ value: z.string(), count: z.number() })).readonly();
/** `null` where the counters cannot answer the query: the breakdown says it then. */
export const facets = z.object({ type: facetValues, severity: facetValues, channel: facetValues, agent: facetValues }).nullable();

const buckets = z.array(z.object({ fromTime: time, counts: z.record(z.string(), z.number()) })).readonly();
export const histogram = z.object({ bucketMs: z.number(), buckets }).nullable();

const breakdownField = z.enum(['type', 'sev', 'channel', 'agent', 'session', 'actor', 'tool', 'model', 'outcome', 'config']);
export const breakdown = z.object({
  fields: z.array(z.object({ field: breakdownField, values: facetValues, different: z.number(), events: z.number() })).readonly(),
  events: z.number(),
  isWhole: z.boolean(),
  bucketMs: z.number(),
  buckets,
});

const counted = z.object({ events: z.number(), isWhole: z.boolean() });
export const comparison = z.object({
  fields: z
    .array(
      z.object({
        field: breakdownField,
        divergence: z.number(),
        values: z.array(z.object({ value: z.string(), share: z.number(), baseline: z.number() })).readonly(),
      }),
    )
    .readonly(),
  selected: counted,
  baseline: counted,
});

const partKind = z.enum(['text', 'list', 'object']);
export const eventPart = z.object({
  kind: z.enum([...partKind.options, 'value']),
  total: z.number(),
  /** Nested under the names of its path, so that what is masked by its name is. */
  value: z.unknown(),
  next: z.number(),
  larger: z.record(z.string(), z.object({ kind: partKind, total: z.number() })),
});

export const sessionRow = z.object({
  sessionId: z.string(),
  sessionKey: z.string(),
  title: z.string(),
  agentId: z.string(),
  channel: z.string(),
  account: z.string(),
  peerId: z.string(),
  openedAt: time,
  lastTime: time,
  lastPosition: position,
  turns: z.number(),
  messages: z.number(),
  openMessages: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  lastOutcome: z.string(),
  /** `idle`: nothing new for `gateway.sessions.timeout`. */
  state: z.enum(['active', 'idle']),
});

export const messageStatus = z.enum([
  'received',
  'queued',
  'running',
  'delivering',
  'held',
  'delivered',
  'rejected',
  'dead_lettered',
  'no_reply',
  'merged',
  'discarded',
]);

export const problem = z.object({ code: z.string(), message: z.string() });

/** A file of a message; `problem` says why there are no bytes of it. */
const file = z.object({
  id: z.string(),
  name: z.string(),
  mimeType: z.string(),
  size: z.number(),
  dangerous: z.boolean().optional(),
  problem: problem.optional(),
});

export const message = z.object({
  messageId: z.string(),
  position,
  channel: z.string(),
  senderId: z.string(),
  text: z.string(),
  sessionId: z.string().optional(),
  agentId: z.string().optional(),
  runId: z.string().optional(),
  requestId: z.string().optional(),
  status: messageStatus,
  settled: z.boolean(),
  files: z.array(file).readonly().optional(),
  reply: z.string().optional(),
  replyFiles: z.array(file).readonly().optional(),
  problem: problem.optional(),
  receivedAt: time,
  queuedAt: time.optional(),
  startedAt: time.optional(),
  answeredAt: time.optional(),
  settledAt: time.optional(),
  duplicates: z.number(),
  attempts: z.number(),
});

export const projection = z.object({
  name: z.string(),
  version: z.number(),
  position,
  lagEvents: z.number(),
  stoppedAt: z.object({ position, message: z.string() }).optional(),
});

export const overview = z.object({
  head: position,
  headTime: time,
  receivedPerMinute: z.number(),
  deliveredPerMinute: z.number(),
  replyMs: z.object({ p50: z.number().optional(), p95: z.number().optional(), sample: z.number() }),
  errorsLastHour: z.number(),
  settledLastHour: z.number(),
  givenUpLastHour: z.number(),
  eventsLastDay: z.number(),
  unsettled: z.number(),
  oldestUnsettledAt: time.optional(),
  held: z.number(),
  deadLetteredLastDay: z.number(),
  rejectedLastDay: z.number(),
  sessions: z.number(),
  projections: z.array(projection).readonly(),
});

export const page = <Row extends z.ZodType>(row: Row) =>
  z.object({ rows: z.array(row).readonly(), next: position.optional(), head: position, partial: z.literal(true).optional() });
