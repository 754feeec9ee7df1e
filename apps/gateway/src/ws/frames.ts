/** The frames on the wire: what a client may send, and the text of what it is sent. */
import { z } from 'zod';
import { describeGiven, givenAt } from '../config/given-value.ts';
import type { ErrorShape } from './errors.ts';

const requestFrame = z.strictObject({
  type: z.literal('req'),
  id: z.string().min(1).max(256),
  method: z.string().min(1).max(128),
  params: z.unknown().optional(),
  traceparent: z.string().max(128).optional(),
  expectedProfileId: z.string().optional(),
});

export type RequestFrame = z.output<typeof requestFrame>;

export type Parsed =
  | { readonly kind: 'request'; readonly frame: RequestFrame }
  | { readonly kind: 'ignored' }
  /** `id` is the request's where it could be read, so that its sender learns which one failed. */
  | { readonly kind: 'invalid'; readonly id: string; readonly problem: string };

/** Reads one text frame. */
export function parseFrame(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'invalid', id: 'invalid', problem: 'the frame is not JSON' };
  }
  const frame = requestFrame.safeParse(value);
  if (frame.success) return { kind: 'request', frame: frame.data };
  if (isCancel(value)) return { kind: 'ignored' };
  return { kind: 'invalid', id: idOf(value) ?? 'invalid', problem: explainIssues(frame.error, value) };
}

/** `at /path: what was expected, got what was given`, for each of the first five problems; `input` is what was checked. */
export function explainIssues(error: z.ZodError, input: unknown): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `at /${issue.path.map(String).join('/')}: ${explain(issue, input)}`)
    .join('; ');
}

function explain(issue: z.core.$ZodIssue, input: unknown): string {
  if (issue.code === 'unrecognized_keys') return issue.message;
  const expected = issue.code === 'invalid_type' ? `expected ${issue.expected}` : issue.message;
  return `${expected}, got ${describeGiven(givenAt(input, issue.path), issue.path)}`;
}

export function responseText(id: string, payload: unknown): string {
  return JSON.stringify({ type: 'res', id, ok: true, payload });
}

export function errorText(id: string, error: ErrorShape, payload?: unknown): string {
  return JSON.stringify({ type: 'res', id, ok: false, payload, error });
}

/** An event serialised once, however many connections get it; only its number differs between them. */
export type EventText = { readonly head: string };

export function eventText(event: string, payload: unknown): EventText {
  return { head: `{"type":"event","event":${JSON.stringify(event)},"payload":${JSON.stringify(payload)}` };
}

export function numbered(event: EventText, seq: number): string {
  return `${event.head},"seq":${seq}}`;
}

export function unnumbered(event: EventText): string {
  return `${event.head}}`;
}

/** Newer clients withdraw a request with this frame; its answer comes all the same. */
function isCancel(value: unknown): boolean {
  return isRecord(value) && value['type'] === 'cancel' && typeof value['id'] === 'string';
}

function idOf(value: unknown): string | undefined {
  const id = isRecord(value) ? value['id'] : undefined;
  return typeof id === 'string' && id.length > 0 && id.length <= 256 ? id : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
