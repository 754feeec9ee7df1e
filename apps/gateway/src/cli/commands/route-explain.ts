/** `openclaw route explain`: through the running gateway, which decides and writes nothing. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Explanation } from '../../parts.ts';
import type { Context } from '../context.ts';
import { paint, pairs, plain } from '../output.ts';

type Options = {
  readonly channel: string;
  readonly account: string;
  readonly from: string;
  readonly group?: string;
  readonly thread?: string;
  readonly role?: readonly string[];
  readonly text: string;
  readonly at?: string;
};

type Candidate = Explanation['candidates'][number];

/** The exit code is 1 when the message would not be answered. */
export async function explainRoute(
  context: Context,
  { channel, account, from, group, thread, role: roles, text, at }: Options,
): Promise<number> {
  const api = await context.api();
  const body = { channel, account, from, group, thread, roles, text, at: at === undefined ? undefined : timeOf(at) };
  const explained = await api.send<Explanation>('POST', '/api/route/explain', body);
  context.out.result(explained, () => [...admission(explained), '', ...explained.candidates.flatMap(rule), '', ...result(explained)]);
  return explained.admission.allowed && explained.result.agentId !== undefined ? 0 : 1;
}

function timeOf(written: string): number {
  const time = Date.parse(written);
  if (Number.isFinite(time)) return time;
  throw new GatewayError('BAD_REQUEST', { message: `--at: expected a time such as 2026-11-29T18:30, got ${JSON.stringify(written)}.` });
}

function admission({ admission: { allowed, rule: name, reason } }: Explanation): string[] {
  return [`${allowed ? paint('green', 'Let in') : paint('red', 'Not let in')} by ${name}`, `  ${plain(reason)}`];
}

function rule({ rule: name, matched, reason, expected, actual, priority }: Candidate): string[] {
  const mark = matched === undefined ? paint('dim', '·') : matched ? paint('green', '✓') : paint('red', '✗');
  const fields = matched === undefined ? [] : Object.keys(expected);
  return [
    `${mark} ${priority}. ${name}: ${plain(reason)}`,
    ...fields.map((field) => `      ${field}: expected ${plain(expected[field] ?? '')}, is ${plain(actual[field] ?? '')}`),
  ];
}

function result({ result: to }: Explanation): string[] {
  if (to.agentId === undefined) return [paint('red', to.error.message), `  What to do: ${to.error.remedy}`];
  return [
    `Goes to ${paint('bold', to.agentId)} by ${to.rule}`,
    ...pairs([
      ['model', to.model],
      ['session', `${plain(to.sessionKey)} (${to.sessionKeyRule}; ${to.isOpen ? 'goes on' : 'new'})`],
      ['priority', to.messagePriority],
    ]),
  ];
}
