import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { describeGiven, givenAt } from '../config/given-value.ts';
import { parseDuration } from '../config/units.ts';

/** What a caller sent, as the schema describes it. Throws `BAD_REQUEST` naming each field, what was expected and what came. */
export function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const fields = result.error.issues.slice(0, 10).map((issue) => ({
    field: issue.path.join('.') || 'body',
    expected: issue.message,
    got: describeGiven(givenAt(input, issue.path), issue.path),
  }));
  const message = fields.map(({ field, expected, got }) => `${field}: expected ${expected}, got ${got}`).join('; ');
  throw new GatewayError('BAD_REQUEST', { message, details: { fields } });
}

export function text(maxLength: number, what = 'a text') {
  const error = `${what} of 1 to ${maxLength} characters`;
  return z.string({ error }).min(1, { error }).max(maxLength, { error });
}

/** A number in the query string. */
export function queryNumber(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z
    .string({ error })
    .regex(/^\d{1,16}$/, { error })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }));
}

export const queryPosition = () => queryNumber(0, Number.MAX_SAFE_INTEGER);

export function queryFlag() {
  return z.enum(['1', 'true', '0', 'false'], { error: 'true or false' }).transform((value) => value === '1' || value === 'true');
}

/** One or several values, separated by commas. */
export function queryList(max = 50) {
  const error = `at most ${max} values, separated by commas`;
  return z
    .string({ error })
    .transform((value) => value.split(',').filter((item) => item !== ''))
    .pipe(z.array(z.string().max(128, { error })).max(max, { error }));
}

/** A duration in the query string, in milliseconds. */
export function queryDuration(maxMs: number, what: string) {
  return z.string({ error: what }).transform((value, context) => {
    const durationMs = parseDuration(value);
    if (durationMs !== undefined && durationMs > 0 && durationMs <= maxMs) return durationMs;
    context.issues.push({ code: 'custom', message: what, input: value });
    return z.NEVER;
  });
}

/** The object without its undefined fields, as the ports want it. */
export function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
