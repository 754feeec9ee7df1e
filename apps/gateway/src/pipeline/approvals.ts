/**
 * Calls that wait for a person. That they wait is part of the conversation's fold, so a restart changes nothing; the run goes on
 * once somebody decided, or denies the call itself when nobody did in time.
 */
import { createHash } from 'node:crypto';
import {
  type Actor,
  DeliveryRequested,
  GatewayError,
  type NewEvent,
  newId,
  type OpenMessage,
  type OpenToolCall,
  ToolApprovalRequested,
  ToolApproved,
  ToolDenied,
} from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import type { Approval, Verdict } from '../parts.ts';
import { metadataOf, type PipelineContext } from './context.ts';
import { problemOf, type Run } from './run-context.ts';
import type { SessionCell } from './sessions.ts';

type Approvers = Config['tools']['approvals']['approvers'];
type Waiting = OpenToolCall & { readonly approval: NonNullable<OpenToolCall['approval']> };
type Found = { readonly cell: SessionCell; readonly open: OpenMessage; readonly call: Waiting };

/** The rule that decisions of people are recorded under. */
export const DECIDED_BY_A_PERSON = 'approval';
/** The rule of calls that run because a person allowed the tool for the whole conversation. */
export const ALLOWED_FOR_SESSION = 'approval.session';
/** The rule of calls that nobody decided about in time. */
export const EXPIRED = 'tools.approvals.timeout';
/** Easily told apart, and no words come of them. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ23456789';
const CODE_LENGTH = 6;
const MOST_SHOWN = 600;
const WORD = /^\s*(yes|no)\s+([BCDFGHJKLMNPQRSTVWXZ2-9]{6})[\s.!]*$/i;

/** The call that a run waits for: the first that is not finished, when a person is asked about it. */
export function waitingCall({ toolCalls }: OpenMessage): Waiting | undefined {
  const next = toolCalls.find((call) => call.status !== 'finished');
  return next?.status === 'waiting' && next.approval ? (next as Waiting) : undefined;
}

/** Asks about a call: the event, and what is sent to those who may decide in a chat. */
export function askAbout(run: Run, open: OpenMessage, call: Omit<OpenToolCall, 'status'>, rule: string): NewEvent[] {
  const { context, cell } = run;
  const { runId } = open;
  const { callId, tool } = call;
  const { timeout, approvers } = context.config().config.tools.approvals;
  const approvalCode = newCode(context, cell.sessionId, callId);
  const asked = ToolApprovalRequested.create({ runId, callId, tool, rule, expiresAt: context.now() + timeout, approvalCode });
  const text = question(call, approvalCode, timeout);
  const notices = askedWhere(open, approvers).map((where) =>
    DeliveryRequested.create({ deliveryId: newId('delivery'), callId, messageId: open.messageId, runId, text, ...where }),
  );
  return [asked, ...notices];
}

/** The denial of a call that nobody decided about. */
export function expired({ runId }: OpenMessage, { callId, tool }: OpenToolCall): NewEvent {
  return ToolDenied.create({
    runId,
    callId,
    tool,
    rule: EXPIRED,
    problem: problemOf(new GatewayError('APPROVAL_EXPIRED')),
  });
}

/** All calls that wait for a person, the oldest first. */
export function listApprovals(context: PipelineContext): readonly Approval[] {
  return [...waiting(context)].map(shown).toSorted((a, b) => a.requestedAt - b.requestedAt);
}

/** What somebody wrote in a chat, when it is the word of one who may decide on a call that waits. */
export function wordIn(
  context: PipelineContext,
  {
    channel,
    account,
    senderId,
    text,
  }: { readonly channel: string; readonly account: string; readonly senderId: string; readonly text: string },
): { readonly found: Found; readonly verdict: Verdict } | undefined {
  const [, word, code] = WORD.exec(text) ?? [];
  if (word === undefined || code === undefined) return undefined;
  const { approvers } = context.config().config.tools.approvals;
  if (!isApprover(approvers, channel, account, senderId)) return undefined;
  const found = find(context, code);
  return found && { found, verdict: word.toLowerCase() === 'yes' ? 'approve' : 'deny' };
}

/** Lets a call run of a tool that a person allowed for the whole conversation. */
export function allowedForSession(runId: string, { callId, tool }: Pick<OpenToolCall, 'callId' | 'tool'>): NewEvent {
  const reason = `A person allowed ${tool} for this conversation.`;
  return ToolApproved.create({ runId, callId, tool, rule: ALLOWED_FOR_SESSION, reason });
}

type By = { readonly reason?: string; readonly lasting?: 'session' };

/** The event of a decision. */
export function decision({ open, call }: Found, verdict: Verdict, by: By = {}): NewEvent {
  const { reason = `A person said ${verdict === 'approve' ? 'yes' : 'no'}.`, lasting } = by;
  const { runId } = open;
  const { callId, tool } = call;
  const rule = DECIDED_BY_A_PERSON;
  if (verdict === 'approve') return ToolApproved.create({ runId, callId, tool, rule, reason, ...(lasting && { lasting }) });
  return ToolDenied.create({ runId, callId, tool, rule, problem: { code: 'TOOL_DENIED', message: reason } });
}

/** Records what somebody decided. Throws APPROVAL_NOT_FOUND when no call waits under this code. */
export async function decideApproval(
  context: PipelineContext,
  code: string,
  verdict: Verdict,
  by: By & { readonly actor: Actor },
): Promise<Approval> {
  for (;;) {
    const found = find(context, code);
    if (!found) throw new GatewayError('APPROVAL_NOT_FOUND', { details: { code: code.slice(0, 16) } });
    const { cell, open } = found;
    const before = shown(found);
    const metadata = { ...metadataOf(cell, open), actor: by.actor };
    // Whoever else decides at this moment, or the time itself, wins or loses as a whole.
    const expected = { [cell.streamId]: cell.state.version };
    const result = await context.sessions.commit(cell, decisions(found, verdict, by), metadata, { expected });
    if (result.ok) return before;
    await context.sessions.load(cell.sessionId);
  }
}

/** What is allowed for the conversation is allowed for the calls of it that wait already, too. */
function decisions(found: Found, verdict: Verdict, by: By): NewEvent[] {
  const { open, call } = found;
  const alike = open.toolCalls.filter(({ status, tool, callId }) => status === 'waiting' && tool === call.tool && callId !== call.callId);
  const further = verdict === 'approve' && by.lasting ? alike : [];
  return [decision(found, verdict, by), ...further.map((other) => allowedForSession(open.runId, other))];
}

function* waiting(context: PipelineContext): Generator<Found> {
  for (const cell of context.sessions.cells()) {
    for (const open of cell.state.open.values()) {
      for (const call of open.toolCalls) {
        if (open.run === 'running' && call.status === 'waiting' && call.approval && call.approval.expiresAt > context.now())
          yield { cell, open, call: call as Waiting };
      }
    }
  }
}

function find(context: PipelineContext, code: string): Found | undefined {
  const wanted = code.toUpperCase();
  for (const found of waiting(context)) if (found.call.approval.code === wanted) return found;
  return undefined;
}

function shown({ cell, open, call }: Found): Approval {
  const { code, rule, requestedAt, expiresAt } = call.approval;
  return {
    code,
    rule,
    requestedAt,
    expiresAt,
    tool: call.tool,
    arguments: call.arguments,
    callId: call.callId,
    runId: open.runId,
    messageId: open.messageId,
    sessionId: cell.sessionId,
    agentId: open.agentId,
    channel: open.received.channel,
  };
}

/** Made of the call itself, so that the same call of a replay has the same; another where one that waits has it already. */
function newCode(context: PipelineContext, sessionId: string, callId: string): string {
  for (let attempt = 0; ; attempt++) {
    const digest = createHash('sha256').update(`${sessionId}\0${callId}\0${attempt}`).digest();
    const code = [...digest.subarray(0, CODE_LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
    if (!find(context, code)) return code;
  }
}

function question({ tool, arguments: args }: Omit<OpenToolCall, 'status'>, code: string, timeoutMs: number): string {
  const text = JSON.stringify(args ?? {});
  const what = text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}… (${text.length} characters in all)`;
  return `May ${tool} be run?\n${what}\n\nWrite "yes ${code}" or "no ${code}" within ${inWords(timeoutMs)}.`;
}

function inWords(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** In the conversation, where somebody who may decide is in it; else each of those who may, in a chat of his own. */
function askedWhere({ received }: OpenMessage, approvers: Approvers): readonly Where[] {
  const { channel, account, peer, sender } = received;
  const isHere =
    peer.kind === 'direct'
      ? isApprover(approvers, channel, account, sender.id)
      : approvers.map(parse).some((approver) => approver.channel === channel && (approver.account ?? account) === account);
  if (isHere) return [{ channel, account, to: peer }];
  return approvers.map(parse).map((approver) => ({
    channel: approver.channel,
    account: approver.account ?? 'default',
    to: { kind: 'direct' as const, id: approver.senderId },
  }));
}

type Where = { readonly channel: string; readonly account: string; readonly to: OpenMessage['received']['peer'] };

function isApprover(approvers: Approvers, channel: string, account: string, senderId: string): boolean {
  return approvers
    .map(parse)
    .some((approver) => approver.channel === channel && (approver.account ?? account) === account && approver.senderId === senderId);
}

function parse(written: string): { readonly channel: string; readonly account?: string; readonly senderId: string } {
  const colon = written.indexOf(':');
  const [channel = '', account] = written.slice(0, colon).split('/');
  return { channel, ...(account !== undefined && { account }), senderId: written.slice(colon + 1) };
}
