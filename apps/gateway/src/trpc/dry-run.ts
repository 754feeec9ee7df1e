/** How a message would be decided about, for the console: nothing is sent, nothing is written and no model is asked. */
import { z } from 'zod';
import type { Explanation, Parts } from '../parts.ts';
import { questionOf } from '../pipeline/explain.ts';

const id = z.string().min(1).max(512);

const MOST_FILES = 20;

/** A message that nobody sent. */
export const imagined = z.strictObject({
  channel: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  account: z.string().min(1).max(128),
  from: id,
  /** What the service calls the sender. */
  name: id.optional(),
  group: id.optional(),
  thread: id.optional(),
  roles: z.array(id).max(250).optional(),
  mentioned: z.boolean().optional(),
  text: z.string().max(65_536),
  /** Files as a service would tell of them; there are no bytes of them. */
  files: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(255),
        mimeType: z
          .string()
          .regex(/^[\w.+-]{1,63}\/[\w.+-]{1,63}$/)
          .optional(),
        size: z.int().nonnegative().optional(),
      }),
    )
    .max(MOST_FILES)
    .optional(),
});

const fields = z.record(z.string(), z.string());
export const explanation = z.object({
  admission: z.object({ allowed: z.boolean(), rule: z.string(), reason: z.string() }),
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
  configHash: z.string(),
  evaluatorVersion: z.number(),
  route: z
    .object({
      agentId: z.string(),
      rule: z.string(),
      model: z.string(),
      sessionId: z.string(),
      sessionKey: z.string(),
      sessionKeyRule: z.string(),
      isOpen: z.boolean(),
    })
    .optional(),
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
});

export async function explainImagined(parts: Parts, asked: z.output<typeof imagined>): Promise<z.input<typeof explanation>> {
  const { result, ...decided } = await parts.pipeline.explain(questionOf(asked));
  return { ...decided, ...outcome(result) };
}

function outcome(result: Explanation['result']): Pick<z.input<typeof explanation>, 'route' | 'problem'> {
  if (result.agentId === undefined) return { problem: { code: result.error.code, message: result.error.message } };
  return { route: result };
}
