/** The shapes of what the configuration page is told. */
import { z } from 'zod';

export const finding = z.object({
  path: z.string(),
  value: z.string().optional(),
  expected: z.string(),
  hint: z.string().optional(),
});

export const configChange = z.object({
  path: z.string(),
  op: z.enum(['add', 'remove', 'replace']),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});

export const trial = z.object({ hash: z.string(), previousHash: z.string(), endsAt: z.number().optional() });

export const configVersion = z.object({
  position: z.number(),
  time: z.number(),
  actor: z.string().optional(),
  source: z.string(),
  hash: z.string(),
  previousHash: z.string().optional(),
  reason: z.string().optional(),
  restoredFrom: z.number().optional(),
  changes: z.array(configChange),
  restartNeeded: z.array(z.string()),
});

export const document = z.record(z.string(), z.unknown());

export const review = z.object({
  errors: z.array(finding.extend({ code: z.string(), from: z.number(), to: z.number() })).readonly(),
  warnings: z.array(finding).readonly(),
  advice: z.array(
    z.object({
      id: z.string(),
      severity: z.enum(['error', 'warning', 'note']),
      found: z.string(),
      remedy: z.string(),
      path: z.string().optional(),
    }),
  ),
  changes: z.array(configChange).readonly(),
  restartNeeded: z.array(z.string()).readonly(),
  risky: z.array(z.string()).readonly(),
  holdsSecret: z.boolean(),
  document: document.optional(),
});

export const merge = z.object({
  text: z.string(),
  hash: z.string(),
  conflicts: z
    .array(
      z.object({
        path: z.array(z.string()).readonly(),
        base: z.unknown().optional(),
        mine: z.unknown().optional(),
        theirs: z.unknown().optional(),
      }),
    )
    .readonly(),
  mine: z.array(configChange).readonly(),
  theirs: z.array(configChange).readonly(),
});

const decision = z.object({
  allowed: z.boolean(),
  rule: z.string(),
  reason: z.string(),
  route: z.object({ agentId: z.string(), rule: z.string(), model: z.string(), sessionKey: z.string().optional() }).optional(),
});

export const decisionsPreview = z.object({
  messages: z.number(),
  counts: z.object({ identical: z.number(), 'route changed': z.number(), stricter: z.number(), looser: z.number() }),
  changes: z.array(
    z.object({
      verdict: z.enum(['route changed', 'stricter', 'looser']),
      position: z.number(),
      messageId: z.string(),
      channel: z.string(),
      before: decision,
      after: decision,
    }),
  ),
  /** How many more there are than are shown. */
  notShown: z.number(),
  unfaithful: z.number(),
  withoutConfig: z.number(),
});
