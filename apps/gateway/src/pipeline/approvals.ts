/**
 * Calls that wait for a person. That they wait is part of the conversation's fold, so a restart changes nothing; the run goes on
 * once somebody decided, or denies the call itself when nobody did in time.
 */
import { createHash } from 'node:crypto';
import {
  type Actor,
  DeliveryRequested,
  type FirstYes,
  GatewayError,
  type NewEvent,
  newId,
  type OpenMessage,
  type OpenToolCall,
  type SessionState,
  ToolApprovalGiven,
  ToolApprovalRequested,
  ToolApproved,
  ToolDenied,
} from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import type { Approval, DecidedApproval, Submission, Verdict } from '../parts.ts';
import type { RiskClass } from '../tools/risk.ts';
import { metadataOf, type PipelineContext, subjectOf } from './context.ts';
import { problemOf, type Run } from './run-context.ts';
import { type Effect, effectOf, type Lasting, ruleRefusal, type Word } from './second-person.ts';
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

/**
 * Asks about a call: the event, and what is sent to those who may decide in a chat. Where the tool was allowed for the whole
 * conversation, by as many people as the call needs, nobody is asked.
 */
export function askAbout(
  { context, cell }: Run,
  open: OpenMessage,
  call: Omit<OpenToolCall, 'status'>,
  { rule, risk }: { readonly rule: string; readonly risk?: RiskClass },
): NewEvent[] {
  const { runId } = open;
  const { callId, tool } = call;
  const { timeout, secondPerson } = context.config().config.tools.approvals;
  const people = secondPerson === 'high' && risk === 'high' ? { people: 2 as const } : {};
  if (isGranted(cell.state, { tool, ...people })) return [allowedForSession(runId, { callId, tool })];
  const approvalCode = newCode(context, cell.sessionId, callId);
  const asked = ToolApprovalRequested.create({ runId, callId, tool, rule, expiresAt: context.now() + timeout, approvalCode, ...people });
  return [asked, ...notices(context, open, callId, question(call, approvalCode, timeout, people.people))];
}

function isGranted({ granted, grantedByTwo }: SessionState, { tool, people }: { readonly tool: string; readonly people?: 2 }): boolean {
  return (people === undefined ? granted : grantedByTwo)?.includes(tool) ?? false;
}

/** What is told to those who may decide in a chat. */
function notices(context: PipelineContext, open: OpenMessage, callId: string, text: string): NewEvent[] {
  const { messageId, runId } = open;
  return askedWhere(open, context.config().config.tools.approvals.approvers).map((where) =>
    DeliveryRequested.create({ deliveryId: newId('delivery'), callId, messageId, runId, text, ...where }),
  );
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
  { channel, account, inbound, caller }: Submission,
): { readonly found: Found; readonly word: Word } | undefined {
  const [, said, code] = WORD.exec(inbound.text) ?? [];
  if (said === undefined || code === undefined) return undefined;
  const { approvers } = context.config().config.tools.approvals;
  if (!isApprover(approvers, channel, account, inbound.sender.id)) return undefined;
  const found = find(context, code);
  // Who calls the gateway may name any sender; a channel knows who it is.
  const person = caller.method === 'channel' ? subjectOf(context.store, channel, inbound.sender.id) : behind(context, caller.actor);
  return found && { found, word: { verdict: said.toLowerCase() === 'yes' ? 'approve' : 'deny', person } };
}

function behind({ people }: PipelineContext, actor: Actor): string | undefined {
  return people ? people.behind(actor) : actor.id;
}

/** Whether two ids are of one person, by what `tools.approvals.people` says belongs together. */
function samePerson(context: PipelineContext): (one: string, other: string) => boolean {
  const known = Object.values(context.config().config.tools.approvals.people).map(
    (identities) => new Set(identities.map((identity) => personOf(context, identity))),
  );
  return (one, other) => one === other || known.some((ids) => ids.has(one) && ids.has(other));
}

function personOf({ people, store }: PipelineContext, identity: string): string | undefined {
  const { channel, senderId } = parse(identity);
  return channel === 'user' ? people?.named(senderId) : subjectOf(store, channel, senderId);
}

/** Lets a call run of a tool that a person allowed for the whole conversation. */
export function allowedForSession(runId: string, { callId, tool }: Pick<OpenToolCall, 'callId' | 'tool'>): NewEvent {
  const reason = `A person allowed ${tool} for this conversation.`;
  return ToolApproved.create({ runId, callId, tool, rule: ALLOWED_FOR_SESSION, reason });
}

type By = { readonly reason?: string; readonly lasting?: Lasting };

/** What a word on a call is recorded as, and what comes of it. */
export type Decided = { readonly outcome: DecidedApproval['outcome']; readonly events: readonly NewEvent[] };

/** What comes of a word; why it does not count when it does not. */
export function decide(context: PipelineContext, found: Found, word: Word, reason?: string): Decided | GatewayError {
  const effect = effectOf(found.call.approval, word, samePerson(context));
  return effect.kind === 'refused' ? effect.error : decided(context, found, effect, { reason, lasting: word.lasting });
}

function decided(
  context: PipelineContext,
  { open, call }: Found,
  effect: Exclude<Effect, { kind: 'refused' }>,
  said: { readonly reason: string | undefined; readonly lasting: Lasting | undefined },
): Decided {
  const { runId } = open;
  const { callId, tool, approval } = call;
  const reason = said.reason ?? `A person said ${effect.kind === 'denied' ? 'no' : 'yes'}.`;
  const about = { runId, callId, tool };
  const rule = DECIDED_BY_A_PERSON;
  if (effect.kind === 'denied') {
    return { outcome: 'denied', events: [ToolDenied.create({ ...about, rule, problem: { code: 'TOOL_DENIED', message: reason } })] };
  }
  if (effect.kind === 'first') {
    const given = ToolApprovalGiven.create({ ...about, person: effect.person, reason, ...(said.lasting && { lasting: said.lasting }) });
    return { outcome: 'waits', events: [given, ...notices(context, open, callId, halfWay(tool, approval.code))] };
  }
  const { lasting } = effect;
  const { people } = approval;
  const approved = ToolApproved.create({ ...about, rule, reason, ...(lasting && { lasting }), ...(people && { people }) });
  return { outcome: 'runs', events: [approved, ...(lasting ? waitingBeside(open, call) : [])] };
}

/** What is allowed for the conversation is allowed for the calls of it that wait already, too: those that need no more people. */
function waitingBeside({ runId, toolCalls }: OpenMessage, { tool, callId, approval }: Waiting): NewEvent[] {
  const alike = toolCalls.filter(
    (other) =>
      other.status === 'waiting' &&
      other.tool === tool &&
      other.callId !== callId &&
      (other.approval?.people ?? 1) <= (approval.people ?? 1),
  );
  return alike.map((other) => allowedForSession(runId, other));
}

/** Records what somebody decided. Throws APPROVAL_NOT_FOUND when no call waits under this code, and why a word does not count. */
export async function decideApproval(
  context: PipelineContext,
  code: string,
  verdict: Verdict,
  by: By & { readonly actor: Actor },
): Promise<DecidedApproval> {
  const { actor, reason, lasting } = by;
  for (;;) {
    const found = called(context, code);
    const { cell, open } = found;
    const before = shown(found);
    const decision = decide(context, found, { verdict, person: behind(context, actor), lasting }, reason);
    if (decision instanceof GatewayError) throw decision;
    // Whoever else decides at this moment, or the time itself, wins or loses as a whole.
    const expected = { [cell.streamId]: cell.state.version };
    const result = await context.sessions.commit(cell, decision.events, { ...metadataOf(cell, open), actor }, { expected });
    if (result.ok) return { ...before, outcome: decision.outcome };
    await context.sessions.load(cell.sessionId);
  }
}

/** Why a yes of this actor would not count, or why he may not have a rule written for such calls. Throws APPROVAL_NOT_FOUND. */
export function approvalRefusal(context: PipelineContext, code: string, actor: Actor, wish: 'once' | 'rule'): GatewayError | undefined {
  const { approval } = called(context, code).call;
  const person = behind(context, actor);
  const isSame = samePerson(context);
  if (wish === 'rule') return ruleRefusal(approval, person, isSame);
  const effect = effectOf(approval, { verdict: 'approve', person }, isSame);
  return effect.kind === 'refused' ? effect.error : undefined;
}

function called(context: PipelineContext, code: string): Found {
  const found = find(context, code);
  if (!found) throw new GatewayError('APPROVAL_NOT_FOUND', { details: { code: code.slice(0, 16) } });
  return found;
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
  const { code, rule, requestedAt, expiresAt, people, given } = call.approval;
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
    ...(people && { people }),
    ...(given && { given: withoutPerson(given) }),
  };
}

const withoutPerson = ({ person: _, ...given }: FirstYes): Omit<FirstYes, 'person'> => given;

/** Made of the call itself, so that the same call of a replay has the same; another where one that waits has it already. */
function newCode(context: PipelineContext, sessionId: string, callId: string): string {
  for (let attempt = 0; ; attempt++) {
    const digest = createHash('sha256').update(`${sessionId}\0${callId}\0${attempt}`).digest();
    const code = [...digest.subarray(0, CODE_LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
    if (!find(context, code)) return code;
  }
}

function question({ tool, arguments: args }: Omit<OpenToolCall, 'status'>, code: string, timeoutMs: number, people?: 2): string {
  const text = JSON.stringify(args ?? {});
  const what = text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}… (${text.length} characters in all)`;
  const two = people === undefined ? '' : ' Two people have to say yes.';
  return `May ${tool} be run?\n${what}\n\nWrite "yes ${code}" or "no ${code}" within ${inWords(timeoutMs)}.${two}`;
}

const halfWay = (tool: string, code: string) =>
  `1 of 2 people said yes to ${tool}. It runs when somebody else writes "yes ${code}", and does not when anybody writes "no ${code}".`;

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
