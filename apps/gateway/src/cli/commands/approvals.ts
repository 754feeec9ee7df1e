/** `openclaw approvals …`: through the running gateway. */
import type { Approval, DecidedApproval, Verdict } from '../../parts.ts';
import type { Context } from '../context.ts';
import { formatAgo, formatTime, plain, table } from '../output.ts';

type Decided = Pick<DecidedApproval, 'code' | 'outcome' | 'tool' | 'sessionId'> & { readonly verdict: Verdict };

const MOST_ARGUMENTS = 120;

export async function listApprovals(context: Context): Promise<undefined> {
  const answer = await (await context.api()).get<{ approvals: readonly Approval[] }>('/api/approvals');
  context.out.result(answer, () => describe(answer.approvals));
}

export async function approve(
  context: Context,
  { session, ...options }: { readonly reason?: string; readonly session?: boolean },
  code: string,
): Promise<undefined> {
  await decide(context, code, 'approve', { ...options, ...(session && { lasting: 'session' }) });
}

export async function deny(context: Context, options: { readonly reason?: string }, code: string): Promise<undefined> {
  await decide(context, code, 'deny', options);
}

type Said = { readonly reason?: string; readonly lasting?: 'session' };

async function decide(context: Context, code: string, verdict: Verdict, said: Said): Promise<void> {
  const path = `/api/approvals/${encodeURIComponent(code)}/${verdict}`;
  const { reason, lasting } = said;
  const body = { ...(reason !== undefined && { reason }), ...(lasting && { lasting }) };
  const decided = await (await context.api()).send<Decided>('POST', path, body);
  context.out.result({ ok: true, ...decided }, () => [`${plain(decided.tool)} ${COMES_OF_IT[decided.outcome]}`]);
}

const COMES_OF_IT: Readonly<Record<DecidedApproval['outcome'], string>> = {
  runs: 'runs.',
  waits: 'waits for the yes of a second person: 1 of 2.',
  denied: 'does not run; the model is told.',
};

function describe(approvals: readonly Approval[]): string[] {
  if (approvals.length === 0) return ['No tool call waits for approval.'];
  const rows = approvals.map(({ code, tool, agentId, channel, requestedAt, expiresAt, arguments: args, people = 1, given }) => [
    code,
    plain(tool),
    agentId,
    channel,
    formatAgo(requestedAt),
    formatTime(expiresAt),
    `${given ? 1 : 0} of ${people}`,
    plain((JSON.stringify(args) ?? '').slice(0, MOST_ARGUMENTS)),
  ]);
  return table(['CODE', 'TOOL', 'AGENT', 'CHANNEL', 'ASKED', 'DENIED AT', 'YES', 'ARGUMENTS'], rows);
}
