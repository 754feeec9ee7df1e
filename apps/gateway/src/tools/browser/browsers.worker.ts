/**
 * The thread that drives browsers, each the one of a conversation. The library for it is large and starts slowly, so it is loaded
 * here and not on the main thread; what is judged, bounded and ended is decided there.
 */
import { parentPort } from 'node:worker_threads';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { act } from './act.ts';
import type { FromBrowsers, Launch, ToBrowsers } from './protocol.ts';

/** A page may open others; the oldest are closed. */
const MOST_PAGES = 5;
const LAUNCH_MS = 30_000;

/** What no page may use: each would be a way past the proxy, or to the machine. */
const WITHOUT = [
  'RTCPeerConnection',
  'webkitRTCPeerConnection',
  'RTCDataChannel',
  'WebTransport',
  'showOpenFilePicker',
  'showSaveFilePicker',
  'showDirectoryPicker',
];

const ARGUMENTS = [
  // Names are looked up by the proxy and by nobody else.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  '--dns-prefetch-disable',
  '--disable-quic',
  '--webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--no-pings',
  '--disable-background-networking',
  '--disable-domain-reliability',
  '--disable-breakpad',
  '--disable-dev-shm-usage',
];

/** A conversation's browser. */
export type Tab = {
  readonly browser: Browser;
  readonly context: BrowserContext;
  /** The page that is acted on: the newest one. */
  readonly pages: Page[];
  /** Where the page went last, and how often pages went somewhere or were opened. */
  wentTo: string;
  went: number;
  /** What pages asked for and did not get since the last act. */
  refused: string[];
};

const tabs = new Map<string, Promise<Tab>>();
const closing = new Set<Promise<void>>();
const say = (message: FromBrowsers) => parentPort?.postMessage(message);

parentPort?.on('message', async (message: ToBrowsers) => {
  if (message.type === 'end') {
    await Promise.all([...tabs.keys()].map(close));
    await Promise.all(closing);
    return parentPort?.close();
  }
  if (message.type === 'close') return close(message.name);
  const { id, name, launch, action } = message;
  let tab: Tab | undefined;
  try {
    const opened = tabs.get(name) ?? open(name, launch);
    tabs.set(name, opened);
    tab = await opened;
    tab.refused = [];
    const seen = await act(tab, action);
    say({
      type: 'answer',
      id,
      wentTo: tab.wentTo,
      seen: { ...seen, ...(tab.refused.length > 0 && { refused: [...new Set(tab.refused)] }) },
    });
  } catch (thrown) {
    if (!tab) tabs.delete(name);
    say({ type: 'answer', id, problem: problemOf(thrown, tab), ...(tab && { wentTo: tab.wentTo }) });
  }
});

/** Resolves when its process is gone. */
async function close(name: string): Promise<void> {
  const tab = tabs.get(name);
  tabs.delete(name);
  const closed = tab?.then(({ browser }) => browser.close()).catch(() => undefined);
  if (!closed) return;
  closing.add(closed);
  await closed;
  closing.delete(closed);
}

async function open(name: string, { executable, sandbox, environment, proxy }: Launch): Promise<Tab> {
  const browser = await chromium.launch({
    executablePath: executable,
    chromiumSandbox: sandbox,
    env: environment,
    args: ARGUMENTS,
    // Without this it would go to this machine's own servers past the proxy.
    proxy: { server: proxy.url, username: proxy.username, password: proxy.password, bypass: '<-loopback>' },
    timeout: LAUNCH_MS,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  browser.once('disconnected', () => {
    tabs.delete(name);
    say({ type: 'gone', name });
  });
  const control = await browser.newBrowserCDPSession();
  const { processInfo } = await control.send('SystemInfo.getProcessInfo');
  const pid = processInfo.find(({ type }) => type === 'browser')?.id;
  if (pid === undefined) throw new Error('the browser does not say which process it is');
  say({ type: 'launched', name, pid });
  const context = await browser.newContext({
    acceptDownloads: false,
    permissions: [],
    serviceWorkers: 'block',
    viewport: { width: 1280, height: 800 },
  });
  await context.addInitScript((names) => {
    for (const name of names) Reflect.deleteProperty(globalThis, name);
  }, WITHOUT);
  const tab: Tab = { browser, context, pages: [], wentTo: '', went: 0, refused: [] };
  context.on('page', (page) => void adopt(tab, page));
  await context.newPage();
  return tab;
}

function adopt(tab: Tab, page: Page): void {
  tab.pages.push(page);
  tab.went += 1;
  page.on('close', () => void tab.pages.splice(tab.pages.indexOf(page), 1));
  page.on('dialog', (dialog) => {
    tab.refused.push(`a dialog: ${dialog.message().slice(0, 200)}`);
    dialog.dismiss().catch(() => undefined);
  });
  page.on('download', (download) => {
    tab.refused.push(`a download: ${download.url().slice(0, 200)}`);
    download.cancel().catch(() => undefined);
  });
  page.on('filechooser', () => void tab.refused.push('a file of this machine'));
  page.on('request', (request) => {
    if (!request.isNavigationRequest() || request.frame() !== page.mainFrame()) return;
    tab.wentTo = request.url();
    tab.went += 1;
  });
  if (tab.pages.length > MOST_PAGES) tab.pages[0]?.close().catch(() => undefined);
}

/** In what the library says of a browser that did not start, what the browser itself said of its sandbox. */
const NO_SANDBOX = /no usable sandbox|without --no-sandbox|namespace sandbox|SUID sandbox/i;
const SANDBOX_REMEDY = 'The browser has no sandbox here: run the gateway as another user than root, or set tools.browser.sandbox to false.';

/** The first line of what the library says, without colours; of a browser that did not start, what it said itself. */
function problemOf(thrown: unknown, tab: Tab | undefined): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  const plain = text.replace(/\u001B\[[0-9;]*m/g, '');
  if (!tab && NO_SANDBOX.test(plain)) return SANDBOX_REMEDY;
  const lines = plain.split('\n');
  const line = (tab ? undefined : lines.find((each) => each.includes('[err]'))?.replace(/^.*\[err\]\s*/, '')) ?? lines[0] ?? '';
  return `${tab ? '' : 'The browser did not start: '}${line.replace(/^[\w.]+: /, '')}`.slice(0, 1000);
}
