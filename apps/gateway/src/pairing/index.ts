/**
 * Pairing: somebody unknown who writes on a channel with `dmPolicy: "pairing"` is told a code, and may write once an operator has
 * approved it. Who waits and who is let in is the fold of the stream `pairing`. The code is derived from the request by a keyed
 * hash, so that it is in no event and survives a restart.
 */
import type { AppendResult, EventLog, Store, StreamEvent } from '@openclaw-gateway/db';
import {
  type Actor,
  encodeBase32,
  GatewayError,
  type NewEvent,
  newId,
  type PairedSender,
  PairingApproved,
  Pairing as PairingFold,
  PairingRejected,
  PairingReminded,
  PairingRequested,
  PairingRevoked,
  pairingKey,
  type StoredEvent,
  type WaitingPairing,
} from '@openclaw-gateway/events';
import type { Peer } from '@openclaw-gateway/sdk';
import { subjectOf } from '../pipeline/context.ts';
import { CODE_LIFE_MS, decideAsked, type Stranger } from './decide.ts';

export const PAIRING_STREAM = 'pairing';
const PAGE = 1000;
const WRONG_WINDOW_MS = 10 * 60_000;
const MOST_WRONG = 10;

export type ListedPairing = WaitingPairing & { readonly code: string };

/** What the pipeline asks. */
export type PairingGate = {
  readonly isPaired: (stranger: Stranger) => boolean;
  /**
   * What is recorded with the message of somebody unknown, and what to answer, if anything. `done` must be called with what was
   * stored, or with nothing when it was not.
   */
  readonly asked: (
    stranger: Stranger & { readonly peer: Peer; readonly messageId: string },
    now: number,
  ) => { readonly events: readonly StreamEvent[]; readonly answer?: string; readonly done: (stored?: readonly StoredEvent[]) => void };
};

export type Pairing = PairingGate & {
  /** Those who wait, with their codes, and those who are let in; the newest first. */
  readonly list: () => { readonly waiting: readonly ListedPairing[]; readonly paired: readonly PairedSender[] };
  /** Throws PAIRING_CODE_UNKNOWN, and RATE_LIMITED after too many wrong codes. */
  readonly approve: (code: string, actor: Actor) => Promise<PairedSender>;
  readonly reject: (code: string, actor: Actor) => Promise<WaitingPairing>;
  /** Throws PAIRING_SENDER_UNKNOWN. */
  readonly revoke: (sender: Stranger, actor: Actor) => Promise<PairedSender>;
  /** Reads what earlier processes recorded. */
  readonly load: () => Promise<void>;
};

export function createPairing(options: { readonly store: Pick<Store, 'log' | 'pseudonym'>; readonly now?: () => number }): Pairing {
  const { store, now = Date.now } = options;
  const log: EventLog = store.log;
  let state = PairingFold.initial();
  let wrongAt: number[] = [];
  let changes: Promise<unknown> = Promise.resolve();
  /** Those about whom something is being committed. */
  const committing = new Set<string>();

  const apply = (events: readonly StoredEvent[]): void => {
    for (const event of events) if (event.streamId === PAIRING_STREAM) state = PairingFold.evolve(state, event);
  };
  const codeOf = (pairingId: string): string => {
    const letters = encodeBase32(store.pseudonym(`pairing:${pairingId}`).subarray(0, 5))
      .toUpperCase()
      .slice(0, 8);
    return `${letters.slice(0, 4)}-${letters.slice(4)}`;
  };
  const subject = ({ channel, sender }: Stranger) => subjectOf(store, channel, sender.id);
  const current = () => [...state.waiting.values()].filter(({ expiresAt }) => now() < expiresAt);

  const record = async (event: NewEvent, actor: Actor, whom: Stranger): Promise<void> => {
    const result: AppendResult = await log.append({
      events: [{ streamId: PAIRING_STREAM, event, metadata: { actor, subject: subject(whom) } }],
    });
    if (!result.ok) throw new GatewayError('INTERNAL');
    apply(result.events);
  };
  /** One after the other, so that a code is good for one decision. */
  const change = <T>(act: () => Promise<T>): Promise<T> => {
    const next = changes.then(act);
    changes = next.catch(() => {});
    return next;
  };

  const take = (code: string): WaitingPairing => {
    wrongAt = wrongAt.filter((at) => now() < at + WRONG_WINDOW_MS);
    if (wrongAt.length >= MOST_WRONG) {
      const retryAfterMs = (wrongAt[0] ?? now()) + WRONG_WINDOW_MS - now();
      throw new GatewayError('RATE_LIMITED', { message: 'Too many wrong pairing codes were tried.', details: { retryAfterMs } });
    }
    const wanted = plainCode(code);
    const found = current().find(({ pairingId }) => plainCode(codeOf(pairingId)) === wanted);
    if (found) return found;
    wrongAt.push(now());
    throw new GatewayError('PAIRING_CODE_UNKNOWN');
  };
  const whomOf = ({ channel, account, sender }: Stranger | WaitingPairing) => ({
    channel,
    account,
    sender: { id: sender.id, ...(sender.name !== undefined && { name: sender.name }) },
  });

  return {
    isPaired: (stranger) => state.paired.has(pairingKey(stranger)),
    asked({ peer, messageId, ...stranger }, at) {
      const key = pairingKey(stranger);
      const nothing = { events: [], done: () => {} };
      if (committing.has(key)) return nothing;
      const asked = decideAsked(state, stranger, at);
      if (asked.kind === 'silent') return nothing;
      committing.add(key);
      const pairingId = asked.kind === 'remind' ? asked.waiting.pairingId : newId('pairing');
      const event =
        asked.kind === 'remind'
          ? PairingReminded.create({ pairingId })
          : PairingRequested.create({ pairingId, ...whomOf(stranger), peer, expiresAt: at + CODE_LIFE_MS });
      const metadata = { correlationId: messageId, channel: stranger.channel, subject: subject(stranger) };
      return {
        events: [{ streamId: PAIRING_STREAM, event, metadata }],
        answer: answerWith(codeOf(pairingId)),
        done: (stored = []) => {
          committing.delete(key);
          apply(stored);
        },
      };
    },
    list: () => ({
      waiting: current()
        .map((waiting) => ({ ...waiting, code: codeOf(waiting.pairingId) }))
        .toReversed(),
      paired: [...state.paired.values()].toReversed(),
    }),
    approve: (code, actor) =>
      change(async () => {
        const waiting = take(code);
        const { pairingId } = waiting;
        await record(PairingApproved.create({ pairingId, ...whomOf(waiting) }), actor, whomOf(waiting));
        return state.paired.get(pairingKey(waiting)) ?? { ...whomOf(waiting), pairingId, since: now() };
      }),
    reject: (code, actor) =>
      change(async () => {
        const waiting = take(code);
        await record(PairingRejected.create({ pairingId: waiting.pairingId, ...whomOf(waiting) }), actor, whomOf(waiting));
        return waiting;
      }),
    revoke: (sender, actor) =>
      change(async () => {
        const paired = state.paired.get(pairingKey(sender));
        if (!paired) throw new GatewayError('PAIRING_SENDER_UNKNOWN');
        await record(PairingRevoked.create(whomOf({ ...sender, ...paired } as Stranger)), actor, sender);
        return paired;
      }),
    async load() {
      while (log.head() > 0) {
        const page = await log.readStream(PAIRING_STREAM, { afterVersion: state.version, limit: PAGE });
        apply(page);
        if (page.length < PAGE) return;
      }
    },
  };
}

function answerWith(code: string): string {
  return `I do not know you yet. To be let in, give the owner of this bot the code ${code}. It is good for one hour.`;
}

const plainCode = (code: string) => code.toUpperCase().replace(/[^A-Z0-9]/g, '');
