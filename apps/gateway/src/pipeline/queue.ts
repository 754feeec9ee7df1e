/** What becomes of messages that come while an earlier one of their conversation is being answered. Pure. */
import type { OpenMessage, QueueMode, SessionState } from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import { cancelsEarlier } from './command.ts';

export type Queueing = { readonly channel: string; readonly agentId: string; readonly asked?: QueueMode | undefined };

/** What whoever sent it asked for, else what is set for the channel, the agent, and all. */
export function queueModeOf({ agents, messages }: Config, { channel, agentId, asked }: Queueing): QueueMode {
  return asked ?? messages.queue.byChannel[channel] ?? agents.entries[agentId]?.queueMode ?? messages.queue.mode;
}

/** Those that wait right behind a message that is about to be run and that are answered together with it: of the same sender, in the same place. */
export function collectedWith(state: SessionState, host: OpenMessage, cap: number): OpenMessage[] {
  if (host.queueMode !== 'collect' || host.attempts > 0) return [];
  const free = Math.max(0, cap - 1 - host.joined.length);
  return followers(state, host, (next) => next.queueMode === 'collect' && isAlike(host, next)).slice(0, free);
}

/** Those that wait right behind a message that is being answered and that the agent is told at once. */
export function steering(state: SessionState, host: OpenMessage): OpenMessage[] {
  return followers(state, host, (next) => next.queueMode === 'steer' && next.agentId === host.agentId);
}

/** What is given up because a later message of the conversation is to be answered instead, or says so. */
export function interrupted({ open }: SessionState): OpenMessage[] {
  const all = [...open.values()];
  const last = all.findLastIndex(
    ({ run, queueMode, command }) => (run === 'waiting' && queueMode === 'interrupt') || cancelsEarlier(command),
  );
  return all.slice(0, Math.max(0, last)).filter(({ run }) => run === 'waiting' || run === 'running' || run === 'retrying');
}

/** An unbroken row of waiting messages, so that none overtakes another one. */
function followers({ open }: SessionState, host: OpenMessage, follows: (next: OpenMessage) => boolean): OpenMessage[] {
  const waiting = [...open.values()].filter(({ position, run }) => position > host.position && run === 'waiting');
  const end = waiting.findIndex((next) => !follows(next));
  return end === -1 ? waiting : waiting.slice(0, end);
}

function isAlike({ agentId, received: a }: OpenMessage, other: OpenMessage): boolean {
  const b = other.received;
  const [place, otherPlace] = [a, b].map(({ channel, account, peer, sender }) =>
    JSON.stringify([channel, account, peer.kind, peer.id, sender.id]),
  );
  return agentId === other.agentId && place === otherPlace && b.system === a.system && b.history === undefined;
}
