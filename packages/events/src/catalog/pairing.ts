import { z } from 'zod';
import { defineAggregate, defineEvent, pii } from '../define.ts';
import { channelName, name, peer } from './shared.ts';

const whom = {
  channel: channelName,
  account: name,
  sender: z.object({ id: pii(z.string().min(1).max(512)), name: pii(z.string().max(512)).optional() }),
};
const pairingId = name;

export const PairingRequested = defineEvent('pairing.requested', {
  version: 1,
  description: 'Somebody unknown wrote on a channel whose dmPolicy is pairing, and is told a code. The code itself is not recorded.',
  schema: z.object({ pairingId, ...whom, peer, expiresAt: z.int().positive() }),
  summary: (d) => `${d.channel}/${d.account}: somebody unknown asks to be let in`,
  retention: 'audit',
  severity: 'warn',
});

export const PairingReminded = defineEvent('pairing.reminded', {
  version: 1,
  description: 'Somebody who waits to be let in wrote again, and is told the same code again.',
  schema: z.object({ pairingId }),
  summary: () => 'Told the pairing code again',
  retention: 'audit',
});

export const PairingApproved = defineEvent('pairing.approved', {
  version: 1,
  description: 'Somebody who asked may write from now on.',
  schema: z.object({ pairingId, ...whom }),
  summary: (d) => `${d.channel}/${d.account}: let in by pairing`,
  retention: 'audit',
  severity: 'warn',
});

export const PairingRejected = defineEvent('pairing.rejected', {
  version: 1,
  description: 'Somebody who asked may not write, and is told no code for a day.',
  schema: z.object({ pairingId, ...whom }),
  summary: (d) => `${d.channel}/${d.account}: not let in`,
  retention: 'audit',
});

export const PairingRevoked = defineEvent('pairing.revoked', {
  version: 1,
  description: 'Somebody who was let in by pairing may write no more.',
  schema: z.object(whom),
  summary: (d) => `${d.channel}/${d.account}: pairing revoked`,
  retention: 'audit',
  severity: 'warn',
});

type Whom = {
  readonly channel: string;
  readonly account: string;
  readonly sender: { readonly id: string; readonly name?: string | undefined };
};
export type WaitingPairing = Whom & {
  readonly pairingId: string;
  readonly requestedAt: number;
  readonly expiresAt: number;
  /** When the code was told last. */
  toldAt: number;
};
export type PairedSender = Whom & { readonly pairingId: string; readonly since: number };

export type PairingState = {
  version: number;
  readonly waiting: Map<string, WaitingPairing>;
  /** By `pairingKey`. */
  readonly paired: Map<string, PairedSender>;
  /** When somebody was rejected, by `pairingKey`. */
  readonly rejected: Map<string, number>;
};

/** How long somebody who was rejected is told nothing. */
export const REJECTED_FOR_MS = 24 * 3_600_000;

/** What stands for a sender on an account. */
export function pairingKey({ channel, account, sender }: Whom): string {
  return `${channel}\0${account}\0${sender.id}`;
}

export const Pairing = defineAggregate<PairingState>({
  name: 'pairing',
  events: [PairingRequested, PairingReminded, PairingApproved, PairingRejected, PairingRevoked],
  initial: () => ({ version: 0, waiting: new Map(), paired: new Map(), rejected: new Map() }),
  evolve: (state, event) => {
    state.version = event.version;
    for (const [id, { expiresAt }] of state.waiting) if (expiresAt <= event.time) state.waiting.delete(id);
    for (const [key, at] of state.rejected) if (at + REJECTED_FOR_MS <= event.time) state.rejected.delete(key);
    if (PairingRequested.is(event)) {
      const { peer: _, ...asked } = event.data;
      state.waiting.set(asked.pairingId, { ...asked, requestedAt: event.time, toldAt: event.time });
    } else if (PairingReminded.is(event)) {
      const waiting = state.waiting.get(event.data.pairingId);
      if (waiting) waiting.toldAt = event.time;
    } else if (PairingApproved.is(event)) {
      state.waiting.delete(event.data.pairingId);
      state.paired.set(pairingKey(event.data), { ...event.data, since: event.time });
    } else if (PairingRejected.is(event)) {
      state.waiting.delete(event.data.pairingId);
      state.rejected.set(pairingKey(event.data), event.time);
    } else if (PairingRevoked.is(event)) {
      state.paired.delete(pairingKey(event.data));
    }
    return state;
  },
});
