import { GatewayError } from '@openclaw-gateway/events';
import type { Peer } from '@openclaw-gateway/sdk';
import { fitsPattern } from './glob.ts';

/** What decides whether a sender may write: the channel's policy and where the message came from. */
export type AdmissionPolicy = {
  readonly dmPolicy: 'open' | 'allowlist' | 'disabled' | 'pairing';
  readonly groupPolicy: 'open' | 'allowlist' | 'disabled';
  readonly allowFrom: readonly string[];
  /** Whether a message of a group must speak to the agent. */
  readonly requireMention: boolean;
  /** What counts as speaking to the agent, beside what the channel calls a mention: patterns found anywhere in the text. */
  readonly mentionPatterns: readonly string[];
};

export type AdmissionRequest = {
  readonly channel: string;
  readonly senderId: string;
  readonly peer: Peer;
  /** The group that a thread is in. */
  readonly parent?: string | undefined;
  readonly text?: string | undefined;
  /** What the channel says of it; nothing where it cannot tell. */
  readonly mentioned?: boolean | undefined;
  /** Whether an operator let the sender in by pairing. */
  readonly paired?: boolean | undefined;
  /** `channel` when the sender is known only by what a chat service says; otherwise the caller proved itself at a door. */
  readonly method: 'token' | 'session' | 'hmac' | 'channel' | 'schedule';
};

export type Admission =
  | { readonly allowed: true; readonly rule: string; readonly reason: string }
  | { readonly allowed: false; readonly rule: string; readonly error: GatewayError };

/** Whether the sender may write, and by which rule. Pure, so that any past message can be decided again. */
export function admit(request: AdmissionRequest, policy: AdmissionPolicy): Admission {
  if (request.method !== 'channel') {
    return { allowed: true, rule: `caller.${request.method}`, reason: `The caller proved itself by ${CALLER_PROOF[request.method]}.` };
  }
  if (request.peer.kind === 'direct') return admitSender(request, policy, 'dmPolicy');
  const admission = admitSender(request, policy, 'groupPolicy');
  return admission.allowed ? addressed(request, policy, admission) : admission;
}

function admitSender(request: AdmissionRequest, policy: AdmissionPolicy, name: 'dmPolicy' | 'groupPolicy'): Admission {
  const rule = `channels.${request.channel}.${name}`;
  const setting = policy[name];
  if (setting === 'open') return { allowed: true, rule, reason: `${name} is "open".` };
  if (setting === 'disabled') return deny(request, rule, `${name} is "disabled".`);
  const list = `channels.${request.channel}.allowFrom`;
  const listed = listedAs(request, policy.allowFrom);
  if (listed) return { allowed: true, rule: list, reason: `allowFrom lists ${listed}.` };
  if (setting === 'allowlist') return deny(request, list, `allowFrom does not list the sender, and ${name} is "allowlist".`);
  if (request.paired) return { allowed: true, rule: PAIRED_RULE, reason: 'An operator let the sender in by pairing.' };
  const message = `The sender may not write on ${request.channel} yet: ${name} is "pairing", and nobody has let the sender in.`;
  return { allowed: false, rule, error: new GatewayError('SENDER_UNPAIRED', { message }) };
}

/** The rule by which somebody may write whom an operator let in. */
export const PAIRED_RULE = 'pairing';

function listedAs({ senderId, peer, parent }: AdmissionRequest, allowFrom: readonly string[]): string | undefined {
  if (allowFrom.includes(senderId)) return 'the sender';
  if (peer.kind !== 'direct' && (allowFrom.includes(peer.id) || (parent !== undefined && allowFrom.includes(parent)))) return 'the group';
  return allowFrom.includes('*') ? '"*"' : undefined;
}

/** What is said in a group among others is not for the agent. A channel that cannot tell leaves it to the patterns, and without any it counts. */
function addressed({ channel, mentioned, text = '' }: AdmissionRequest, policy: AdmissionPolicy, admission: Admission): Admission {
  const { requireMention, mentionPatterns } = policy;
  if (!requireMention || mentioned === true || (mentioned === undefined && mentionPatterns.length === 0)) return admission;
  if (mentionPatterns.some((pattern) => fitsPattern(`*${pattern}*`, text))) return admission;
  const message = 'The message does not mention the agent, and requireMention is on.';
  return { allowed: false, rule: `channels.${channel}.requireMention`, error: new GatewayError('NOT_ADDRESSED', { message }) };
}

const CALLER_PROOF = {
  token: 'the gateway token',
  session: 'a dashboard login',
  hmac: 'a signature',
  schedule: 'a schedule of the configuration',
} as const;

function deny(request: AdmissionRequest, rule: string, reason: string): Admission {
  const message = `The sender may not write on ${request.channel}: ${reason}`;
  return { allowed: false, rule, error: new GatewayError('SENDER_NOT_ALLOWED', { message }) };
}
