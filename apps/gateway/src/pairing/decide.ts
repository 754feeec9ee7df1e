/** Whether somebody unknown is told a code. Pure. */
import { type PairingState, pairingKey, REJECTED_FOR_MS, type WaitingPairing } from '@openclaw-gateway/events';

export const CODE_LIFE_MS = 3_600_000;
/** Who writes again is told the code again after this time. */
const REMIND_AFTER_MS = 10 * 60_000;
/** On one account. */
const MOST_WAITING = 50;
/** Codes told on one account in a minute: a crowd of strangers must not make the account a source of noise. */
const MOST_TOLD_PER_MINUTE = 5;

export type Stranger = {
  readonly channel: string;
  readonly account: string;
  readonly sender: { readonly id: string; readonly name?: string };
};
export type Asked =
  | { readonly kind: 'ask' }
  | { readonly kind: 'remind'; readonly waiting: WaitingPairing }
  | { readonly kind: 'silent'; readonly reason: string };

export function decideAsked(state: PairingState, stranger: Stranger, now: number): Asked {
  const key = pairingKey(stranger);
  const rejectedAt = state.rejected.get(key);
  if (rejectedAt !== undefined && now < rejectedAt + REJECTED_FOR_MS) return silent('The sender was rejected less than a day ago.');
  const here = [...state.waiting.values()].filter(
    ({ channel, account, expiresAt }) => channel === stranger.channel && account === stranger.account && now < expiresAt,
  );
  const waiting = here.find((each) => pairingKey(each) === key);
  if (waiting && now < waiting.toldAt + REMIND_AFTER_MS) return silent('The code was told a short while ago.');
  if (here.filter(({ toldAt }) => now < toldAt + 60_000).length >= MOST_TOLD_PER_MINUTE) {
    return silent('Too many strangers were answered within a minute.');
  }
  if (waiting) return { kind: 'remind', waiting };
  return here.length >= MOST_WAITING ? silent('Too many strangers wait to be let in.') : { kind: 'ask' };
}

const silent = (reason: string): Asked => ({ kind: 'silent', reason });
