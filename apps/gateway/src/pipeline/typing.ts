/** Shows the sender that an answer is being written for as long as a run works on it. Nothing depends on whether it is seen. */
import type { OpenMessage } from '@openclaw-gateway/events';
import type { Senders } from '../parts.ts';

/** Services show it for five seconds and more. */
const EVERY_MS = 4_000;
const CALL_MS = 3_000;
/** Who waits longer than this is not helped by it. */
const LONGEST_MS = 10 * 60_000;

/** Begins to show it where the channel can. Returns what ends it. */
export function showTyping(
  { typing }: Pick<Senders, 'typing'>,
  { channel, account, peer }: Pick<OpenMessage['received'], 'channel' | 'account' | 'peer'>,
): () => void {
  const show = typing?.(channel, account);
  if (!show) return () => {};
  const ended = new AbortController();
  let left = Math.floor(LONGEST_MS / EVERY_MS);
  let isShowing = false;
  const once = async (): Promise<void> => {
    if (isShowing) return;
    isShowing = true;
    try {
      await show(peer, AbortSignal.any([ended.signal, AbortSignal.timeout(CALL_MS)]));
    } catch {
      // It is shown again in a moment, or not.
    }
    isShowing = false;
  };
  void once();
  const timer = setInterval(() => {
    if (left-- > 0) void once();
    else clearInterval(timer);
  }, EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    ended.abort();
  };
}
