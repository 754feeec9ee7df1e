/**
 * What a person is shown of a call that waits for a decision: its risks, what leaves, which texts led to it, what was allowed last,
 * and the rule that would let such calls run from now on. It only reads; deciding is the pipeline's.
 */
import type { EventDetail } from '@openclaw-gateway/db';
import { type Actor, GatewayError, MessageReceived, shorten, ToolApproved, ToolCompleted, ToolRequested } from '@openclaw-gateway/events';
import type { ConfigUpdate } from '../config/index.ts';
import type { Approval, Parts } from '../parts.ts';
import { type Echo, echoes } from './echo.ts';
import { type LastingRule, lastingRule } from './lasting-rule.ts';
import { type Leaving, leavingBy, type Risk, risksOf } from './risk.ts';

/** A text that stood before the model and that nobody vouches for. */
export type UntrustedText = {
  readonly kind: 'message' | 'tool_result';
  readonly position: number;
  readonly tool?: string;
  /** Its beginning. */
  readonly text: string;
};

export type Inspection = Approval & {
  readonly message?: { readonly senderId: string; readonly senderName?: string; readonly text: string };
  readonly risks: readonly Risk[];
  readonly leaving?: Leaving;
  readonly untrusted: readonly UntrustedText[];
  /** How many older such texts there are. */
  readonly moreUntrusted: number;
  readonly echoes: readonly Echo[];
  /** The newest call of the tool that was allowed. */
  readonly lastApproved?: { readonly arguments: unknown; readonly time: number; readonly position: number; readonly rule: string };
  readonly lasting?: LastingRule;
  /** The configuration that the rule would be written into. */
  readonly configHash: string;
};

type Needed = Pick<Parts, 'pipeline' | 'store' | 'tools' | 'config'>;

const VIEWS_TIMEOUT_MS = 2000;
const MOST_SHOWN = 2000;

/** Everything about one call that waits. Throws APPROVAL_NOT_FOUND. */
export async function inspectApproval(parts: Needed, code: string, signal?: AbortSignal): Promise<Inspection> {
  const approval = waitingCall(parts, code);
  const { views, log } = parts.store;
  await parts.store.waitForViews(log.head(), VIEWS_TIMEOUT_MS).catch(() => undefined);
  const [events, lastApproved] = await Promise.all([views.messageEvents(approval.messageId), newestApproved(parts, approval, signal)]);
  const received = events.find(({ type }) => type === MessageReceived.type);
  const requested = events.findLast(({ type, data }) => type === ToolRequested.type && callOf(data) === approval.callId);
  const { influences = [], moreInfluences = 0 } = (requested?.data ?? {}) as Partial<ReturnType<typeof ToolRequested.create>['data']>;
  const texts = (await Promise.all(influences.map(({ position }) => views.event(position)))).flatMap((event) => event ?? []);
  const whole = texts.map(textOf);
  const found = echoes(approval.arguments, whole);
  const registered = parts.tools.registry().find(({ name }) => name === approval.tool);
  const leaving = leavingBy(approval, registered);
  const lasting = ruleFor(parts, approval);
  return {
    ...approval,
    ...(received && { message: messageOf(received.data) }),
    risks: [
      ...risksOf(approval, registered),
      ...(texts.length > 0 ? (['untrusted_before'] as const) : []),
      ...(found.length > 0 ? (['echoes_untrusted'] as const) : []),
    ],
    ...(leaving && { leaving }),
    untrusted: texts.map((event, index) => untrusted(event, whole[index] ?? '')),
    moreUntrusted: moreInfluences,
    echoes: found,
    ...(lastApproved && { lastApproved }),
    ...(lasting && { lasting }),
    configHash: parts.config.current().hash,
  };
}

/**
 * Writes the rule that lets such calls run from now on; the call itself still waits. `baseHash` is of the configuration that the
 * person was shown. Throws APPROVAL_NOT_FOUND, APPROVAL_RULE_IMPOSSIBLE, and what a change of the configuration throws.
 */
export async function allowAlways(
  parts: Pick<Needed, 'pipeline' | 'tools' | 'config'>,
  code: string,
  by: { readonly actor: Actor; readonly baseHash: string },
): Promise<ConfigUpdate> {
  const approval = waitingCall(parts, code);
  const lasting = ruleFor(parts, approval);
  if (!lasting) throw new GatewayError('APPROVAL_RULE_IMPOSSIBLE');
  const rules = (parts.config.current().config.tools.rules ?? []).toSpliced(lasting.at, 0, lasting.rule as never);
  return parts.config.set('tools.rules', rules, {
    ...by,
    source: 'dashboard',
    reason: `Calls like ${approval.code} of ${approval.tool} are always allowed.`,
  });
}

function waitingCall({ pipeline }: Pick<Needed, 'pipeline'>, code: string): Approval {
  const approval = pipeline.approvals().find((waiting) => waiting.code === code.toUpperCase());
  if (!approval) throw new GatewayError('APPROVAL_NOT_FOUND', { details: { code: code.slice(0, 16) } });
  return approval;
}

function ruleFor({ tools, config }: Pick<Needed, 'tools' | 'config'>, approval: Approval): LastingRule | undefined {
  const registered = tools.registry().find(({ name }) => name === approval.tool);
  const takes = Object.keys((registered?.parameters['properties'] as object | undefined) ?? {});
  const rules = config.current().config.tools.rules?.length ?? 0;
  return lastingRule(approval, { by: approval.rule, rules, takes });
}

async function newestApproved({ store }: Needed, { tool }: Approval, signal?: AbortSignal) {
  const { views } = store;
  const query = `tool:=${JSON.stringify(tool)}`;
  const { rows } = await views.events({ types: [ToolApproved.type], query }, { limit: 1, ...(signal && { signal }) });
  const [approved] = rows;
  if (approved?.correlationId === undefined) return undefined;
  const events = await views.messageEvents(approved.correlationId);
  const decision = events.find(({ position }) => position === approved.position);
  const requested = events.findLast(
    ({ type, data, position }) => type === ToolRequested.type && position < approved.position && callOf(data) === callOf(decision?.data),
  );
  if (!decision || !requested) return undefined;
  const { arguments: args } = requested.data as { readonly arguments: unknown };
  const { rule } = decision.data as { readonly rule: string };
  return { arguments: args, time: approved.time, position: approved.position, rule };
}

const callOf = (data: unknown) => (data as { readonly callId?: string } | undefined)?.callId;

function messageOf(data: unknown): NonNullable<Inspection['message']> {
  const { sender, text } = data as { readonly sender: { readonly id: string; readonly name?: string }; readonly text: string };
  return { senderId: sender.id, ...(sender.name !== undefined && { senderName: sender.name }), text: shorten(text, MOST_SHOWN) };
}

function untrusted({ type, position, data }: EventDetail, text: string): UntrustedText {
  const shown = shorten(text, MOST_SHOWN);
  if (type !== ToolCompleted.type) return { kind: 'message', position, text: shown };
  return { kind: 'tool_result', position, tool: (data as { readonly tool: string }).tool, text: shown };
}

function textOf({ type, data }: EventDetail): string {
  if (type !== ToolCompleted.type) return String((data as { readonly text?: string }).text ?? '');
  const { result } = data as { readonly result: unknown };
  return typeof result === 'string' ? result : (JSON.stringify(result, undefined, 1) ?? '');
}
