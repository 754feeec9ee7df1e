import { GatewayError } from '@openclaw-gateway/events';
import type { Peer } from '@openclaw-gateway/sdk';

/** What decides whether a sender may write: the channel's policy and where the message came from. */
export type AdmissionPolicy = {
  readonly dmPolicy: 'open' | 'allowlist' | 'disabled';
  readonly groupPolicy: 'open' | 'allowlist' | 'disabled';
  readonly allowFrom: readonly string[];
};

export type AdmissionRequest = {
  readonly channel: string;
  readonly senderId: string;
  readonly peer: Peer;
  /** `channel` when the sender is known only by what a chat service says; otherwise the caller proved itself at a door. */
  readonly method: 'token' | 'session' | 'hmac' | 'channel';
};

export type Admission =
  | { readonly allowed: true; readonly rule: string; readonly reason: string }
  | { readonly allowed: false; readonly rule: string; readonly error: GatewayError };

/** Whether the sender may write, and by which rule. Pure, so that any past message can be decided again. */
export function admit(request: AdmissionRequest, policy: AdmissionPolicy): Admission {
  if (request.method !== 'channel') {
    return { allowed: true, rule: `caller.${request.method}`, reason: `The caller proved itself by ${CALLER_PROOF[request.method]}.` };
  }
  const direct = request.peer.kind === 'direct';
  const name = direct ? 'dmPolicy' : 'groupPolicy';
  const rule = `channels.${request.channel}.${name}`;
  const setting = direct ? policy.dmPolicy : policy.groupPolicy;
  if (setting === 'open') return { allowed: true, rule, reason: `${name} is "open".` };
  if (setting === 'disabled') return deny(request, rule, `${name} is "disabled".`);
  const listed = policy.allowFrom.includes(request.senderId) ? 'the sender' : policy.allowFrom.includes('*') ? '"*"' : undefined;
  if (listed) return { allowed: true, rule: `channels.${request.channel}.allowFrom`, reason: `allowFrom lists ${listed}.` };
  return deny(request, `channels.${request.channel}.allowFrom`, `allowFrom does not list the sender, and ${name} is "allowlist".`);
}

const CALLER_PROOF = { token: 'the gateway token', session: 'a dashboard login', hmac: 'a signature' } as const;

function deny(request: AdmissionRequest, rule: string, reason: string): Admission {
  const message = `The sender may not write on ${request.channel}: ${reason}`;
  return { allowed: false, rule, error: new GatewayError('SENDER_NOT_ALLOWED', { message }) };
}
