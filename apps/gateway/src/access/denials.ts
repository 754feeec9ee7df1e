import { AuthDenied, type GatewayError, idFromBytes } from '@openclaw-gateway/events';
import { clientIn } from './client-event.ts';
import type { AccessRequest, RecordEvent } from './index.ts';

const WINDOW_MS = 10_000;
const MAX_ADDRESSES = 1000;
/** What counts as one address once there are too many. */
const OTHERS = 'others';

/** Somebody who was refused at a door. */
export type Denial = {
  readonly door: 'http' | 'websocket' | 'hook' | 'dashboard';
  readonly method: 'token' | 'link' | 'session' | 'hmac' | 'password' | 'totp' | 'oauth';
  readonly error: GatewayError;
  /** Where it came from, as access sees a request. */
  readonly client: AccessRequest['socket'];
  /** Whose account it was about, where that is known. */
  readonly userId?: string | undefined;
  /** Whom a provider named, masked. */
  readonly account?: string | undefined;
};

export type Denials = {
  add(denial: Denial): void;
  /** Records what is still folded. */
  close(): Promise<void>;
};

type Window = { latest: Denial; folded: number; readonly timer: NodeJS.Timeout };

/**
 * Records denials so that nobody can fill the log: the first from an address at once, later ones of the next 10 s
 * together at their end. Beyond 1,000 addresses at a time the rest count as one.
 */
export function createDenials(options: {
  readonly record: RecordEvent;
  readonly pseudonym: (text: string) => Uint8Array;
  readonly logger: { warn(details: object, message: string): void };
}): Denials {
  const windows = new Map<string, Window>();
  const writing = new Set<Promise<unknown>>();

  function write(key: string, denial: Denial, times: number): void {
    const { door, method, error, userId, account } = denial;
    const problem = { code: error.code, message: error.message };
    const { subject, client } = key === OTHERS ? {} : clientIn(denial.client, options.pseudonym);
    const event = AuthDenied.create({
      method,
      rule: `${door}.${method}`,
      problem,
      door,
      times,
      ...(userId && { userId }),
      ...(account && { account }),
      ...(client && { client }),
    });
    const actor = {
      type: 'unauthenticated',
      id: idFromBytes('sender', options.pseudonym(`address:${key.split(' ', 1)[0]}`).subarray(0, 16)),
    } as const;
    const write = options
      .record('auth', event, { actor, ...(subject && { subject }) })
      .catch((error: unknown) => options.logger.warn({ err: error, code: denial.error.code }, 'a denial was not recorded'))
      .finally(() => writing.delete(write));
    writing.add(write);
  }

  function openWindow(key: string, denial: Denial): void {
    const timer = setTimeout(() => closeWindow(key), WINDOW_MS);
    timer.unref();
    windows.set(key, { latest: denial, folded: 0, timer });
  }

  function closeWindow(key: string): void {
    const window = windows.get(key);
    windows.delete(key);
    if (!window || window.folded === 0) return;
    write(key, window.latest, window.folded);
    openWindow(key, window.latest);
  }

  return {
    add(denial) {
      const address = denial.client?.remoteAddress ?? 'unknown';
      const whom = denial.userId ?? denial.account;
      const own = whom === undefined ? address : `${address} ${whom}`;
      const key = windows.has(own) || windows.size < MAX_ADDRESSES ? own : OTHERS;
      const window = windows.get(key);
      if (window) {
        window.latest = denial;
        window.folded++;
        return;
      }
      write(key, denial, 1);
      openWindow(key, denial);
    },
    async close() {
      for (const [key, window] of windows) {
        clearTimeout(window.timer);
        if (window.folded > 0) write(key, window.latest, window.folded);
      }
      windows.clear();
      await Promise.all(writing);
    },
  };
}
