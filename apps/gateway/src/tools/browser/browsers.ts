/**
 * The browsers of the conversations: each a program of its own behind a proxy of its own, bounded in number, memory and time, and
 * ended as a whole.
 */
import { mkdir, rm } from 'node:fs/promises';
import { GatewayError } from '@openclaw-gateway/events';
import type { Config } from '../../config/index.ts';
import type { Egress } from '../../operations/egress/index.ts';
import { scrubbedEnvironment } from '../exec/program.ts';
import { findBrowser } from './find.ts';
import { killGroup, memoryOf } from './group.ts';
import type { Action, Seen } from './protocol.ts';
import { type BrowserProxy, openProxy } from './proxy.ts';
import { type BrowserThread, startBrowserThread } from './thread.ts';

const WATCH_MS = 1000;
/** However busy it is, what a browser has gathered is thrown away then. */
const MOST_AGE_MS = 60 * 60_000;

export type Browsers = {
  /**
   * Acts in the browser of a conversation, which is started for the first act. Throws BROWSER_NOT_FOUND, EGRESS_REFUSED, TOOL_FAILED,
   * or what the signal was aborted with; the browser is ended then.
   */
  readonly act: (session: string, action: Action, signal: AbortSignal) => Promise<Seen>;
  readonly close: () => Promise<void>;
};

type Running = {
  /** Of this browser alone, also when the conversation gets another one. */
  readonly name: string;
  readonly proxy: BrowserProxy;
  readonly startedAt: number;
  /** Rejects when the browser is ended in the midst of an act. */
  readonly ended: PromiseWithResolvers<never>;
  pid?: number;
  usedAt: number;
  acts: number;
};

export type BrowsersOptions = {
  readonly settings: () => Config['tools']['browser'];
  readonly egress: Egress;
  /** Their home. */
  readonly folder: string;
};

export function createBrowsers({ settings, egress, folder }: BrowsersOptions): Browsers {
  const running = new Map<string, Running>();
  let thread: BrowserThread | undefined;
  let watch: NodeJS.Timeout | undefined;
  let started = 0;
  let isClosed = false;

  const end = (session: string, why: string): void => {
    const browser = running.get(session);
    if (!browser) return;
    running.delete(session);
    killGroup(browser.pid);
    browser.proxy.close();
    browser.ended.reject(failed(why));
    thread?.close(browser.name);
    if (running.size === 0) rest();
  };
  /** Nobody needs the thread. */
  const rest = (): void => {
    clearInterval(watch);
    watch = undefined;
    const left = thread;
    thread = undefined;
    void left?.end();
  };
  const named = (name: string) => [...running].find(([, browser]) => browser.name === name);
  const drive = (): BrowserThread => {
    watch ??= setInterval(() => void look(), WATCH_MS).unref();
    if (thread) return thread;
    const made = startBrowserThread(folder, {
      launched: (name, pid) => {
        const [, browser] = named(name) ?? [];
        if (browser) browser.pid = pid;
        else killGroup(pid);
      },
      gone: (name) => {
        const [session] = named(name) ?? [];
        if (session !== undefined) end(session, 'The browser ended.');
      },
      ended: () => {
        if (thread !== made) return;
        thread = undefined;
        for (const session of [...running.keys()]) end(session, 'The browser could not be driven any more.');
      },
    });
    thread = made;
    return made;
  };
  const look = async (): Promise<void> => {
    const { idle, memory } = settings();
    const pids = new Set([...running.values()].flatMap(({ pid }) => pid ?? []));
    const bytes = await memoryOf(pids);
    const now = Date.now();
    for (const [session, { pid, acts, usedAt, startedAt }] of running) {
      if ((bytes.get(pid ?? -1) ?? 0) > memory)
        end(session, 'The page took more memory than tools.browser.memory allows; the browser was ended.');
      else if (acts === 0 && (now - usedAt > idle || now - startedAt > MOST_AGE_MS)) end(session, 'The browser was idle.');
    }
  };
  const start = async (session: string): Promise<Running> => {
    // What an earlier process left.
    if (!thread) await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const proxy = await openProxy(egress.to());
    const now = Date.now();
    const browser: Running = { name: `browser ${++started}`, proxy, startedAt: now, usedAt: now, acts: 0, ended: Promise.withResolvers() };
    browser.ended.promise.catch(() => undefined);
    running.set(session, browser);
    return browser;
  };
  /** One more fits, if need be in the place of the one that has been idle longest. */
  const makePlace = (): void => {
    const { maxSessions } = settings();
    while (running.size >= maxSessions) {
      const idle = [...running].filter(([, { acts }]) => acts === 0).toSorted(([, a], [, b]) => a.usedAt - b.usedAt);
      const [oldest] = idle;
      if (!oldest) {
        throw failed(`All ${maxSessions} browsers are in use (tools.browser.maxSessions). Try again later.`);
      }
      end(oldest[0], 'Another conversation needed the browser.');
    }
  };

  return {
    act: async (session, action, signal) => {
      signal.throwIfAborted();
      if (isClosed) throw failed('The gateway is stopping.');
      const { sandbox, executable: configured } = settings();
      const executable = await findBrowser(configured);
      if (executable === undefined) throw notFound(configured);
      if (!running.has(session)) makePlace();
      const browser = running.get(session) ?? (await start(session));
      const environment = scrubbedEnvironment(process.env, { passed: [], home: folder });
      const launch = { executable, sandbox, environment, proxy: plain(browser.proxy) };
      const onAbort = () => end(session, 'The browser was ended.');
      signal.addEventListener('abort', onAbort, { once: true });
      browser.acts += 1;
      try {
        signal.throwIfAborted();
        browser.proxy.begin();
        const acted = drive().act({ name: browser.name, launch, action });
        const { seen, problem, wentTo } = await Promise.race([acted, browser.ended.promise]);
        const unreached = wentTo === undefined ? undefined : browser.proxy.problemOf(wentTo);
        if (unreached) throw unreached;
        if (!seen) throw failed(problem ?? 'The browser gave no answer.');
        const refused = [...(seen.refused ?? []), ...browser.proxy.refused()];
        return { ...seen, ...(refused.length > 0 && { refused }) };
      } finally {
        signal.removeEventListener('abort', onAbort);
        browser.acts -= 1;
        browser.usedAt = Date.now();
      }
    },
    close: async () => {
      isClosed = true;
      const left = thread;
      for (const session of [...running.keys()]) end(session, 'The gateway is stopping.');
      await left?.end();
    },
  };
}

function plain({ url, username, password }: BrowserProxy) {
  return { url, username, password };
}

function failed(message: string): GatewayError {
  return new GatewayError('TOOL_FAILED', { message });
}

function notFound(configured: string | undefined): GatewayError {
  const message =
    configured === undefined
      ? 'No Chromium, Chrome or Edge was found on this machine.'
      : `There is no program ${configured}, which tools.browser.executable names.`;
  return new GatewayError('BROWSER_NOT_FOUND', { message });
}
