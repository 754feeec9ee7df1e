/** What is done on a page, and how it is seen afterwards. Runs on the thread that drives browsers. */
import type { Locator, Page, Response } from 'playwright-core';
import type { Tab } from './browsers.worker.ts';
import type { Action, Seen } from './protocol.ts';

/** What is shown of a page beside an act; `extract` shows the rest. */
const SHOWN_BESIDE = 8000;
/** A result is at most 64 KiB of JSON, and a character up to three bytes. */
const SHOWN = 20_000;
const MOST_TITLE = 300;
const MOST_URL = 2000;
/** For an element to be there and ready. */
const ELEMENT_MS = 5000;
/** After an act, for a navigation to begin; then for the page to be there, and for what it loads besides. */
const BEGIN_MS = 700;
const GLANCE_MS = 50;
const LOAD_MS = 15_000;
const REST_MS = 2000;
const ERROR_MS = 2000;
const ARRIVE_MS = 5000;
const MOST_TRIES = 3;
const FULL_PAGE_PIXELS = 5000;
const QUALITY = 75;

export async function act(tab: Tab, action: Action): Promise<Seen> {
  const page = tab.pages.at(-1) ?? (await tab.context.newPage());
  switch (action.kind) {
    case 'open': {
      const response = await open(page, action.url);
      await rest(page);
      return { ...(await look(page)), ...(response && { status: response.status() }) };
    }
    case 'click': {
      await settled(tab, page, () => page.getByRef(action.ref).click({ timeout: ELEMENT_MS }));
      return look(tab.pages.at(-1) ?? page);
    }
    case 'type': {
      await settled(tab, page, () => type(page.getByRef(action.ref), action));
      return look(tab.pages.at(-1) ?? page);
    }
    case 'back': {
      await back(tab, page);
      return look(tab.pages.at(-1) ?? page);
    }
    case 'wait': {
      if (action.text === undefined) await page.waitForTimeout(action.ms ?? 1000);
      else
        await page
          .getByText(action.text)
          .first()
          .waitFor({ timeout: action.ms ?? ELEMENT_MS });
      return look(page);
    }
    case 'extract':
      return extract(page, action);
    case 'screenshot':
      return { ...(await named(page)), image: await screenshot(page, action.fullPage) };
  }
}

/**
 * A page that is not reached leaves one of an error behind, which must be there before anything else is opened. Where it comes late
 * it interrupts what is opened next; that mostly arrives all the same, and a second request for it would interrupt it again.
 */
async function open(page: Page, url: string): Promise<Response | null> {
  for (let tries = 1; ; tries++) {
    try {
      return await page.goto(url, { waitUntil: 'domcontentloaded', timeout: 0 });
    } catch (thrown) {
      const isInterrupted = thrown instanceof Error && thrown.message.includes('interrupted by another navigation');
      if (!isInterrupted) await page.waitForURL(/^chrome-error:/, { waitUntil: 'commit', timeout: ERROR_MS }).catch(() => undefined);
      if (!isInterrupted || tries === MOST_TRIES) throw thrown;
      if (await arrives(page, url)) return null;
    }
  }
}

async function arrives(page: Page, url: string): Promise<boolean> {
  const wanted = URL.parse(url)?.href;
  return await page
    .waitForURL(({ href }) => href === wanted, { waitUntil: 'domcontentloaded', timeout: ARRIVE_MS })
    .then(
      () => true,
      () => false,
    );
}

async function type(field: Locator, { text, submit }: Extract<Action, { kind: 'type' }>): Promise<void> {
  const isList = await field.evaluate((element) => element.tagName === 'SELECT', undefined, { timeout: ELEMENT_MS });
  if (isList) await field.selectOption(text, { timeout: ELEMENT_MS });
  else await field.fill(text, { timeout: ELEMENT_MS });
  if (submit) await field.press('Enter', { timeout: ELEMENT_MS });
}

/** A page that another one opened has no way back; it is left. */
async function back(tab: Tab, page: Page): Promise<void> {
  const response = await page.goBack({ waitUntil: 'domcontentloaded', timeout: LOAD_MS });
  if (response === null && tab.pages.length > 1) await page.close();
  else await rest(page);
}

/** Acts, and waits for the page that this leads to. */
async function settled(tab: Tab, page: Page, doIt: () => Promise<void>): Promise<void> {
  const { went } = tab;
  await doIt();
  for (let waitedMs = 0; waitedMs < BEGIN_MS; waitedMs += GLANCE_MS) {
    await page.waitForTimeout(GLANCE_MS).catch(() => undefined);
    if (tab.went !== went) break;
  }
  if (tab.went === went) return;
  const now = tab.pages.at(-1) ?? page;
  await now.waitForLoadState('domcontentloaded', { timeout: LOAD_MS });
  await rest(now);
}

/** What a page loads besides is waited for a little, however long it takes. */
async function rest(page: Page): Promise<void> {
  await page.waitForLoadState('load', { timeout: REST_MS }).catch(() => undefined);
}

async function look(page: Page): Promise<Seen> {
  const { text, nextOffset } = part(await snapshot(page), 0, SHOWN_BESIDE);
  return { ...(await named(page)), snapshot: text, ...(nextOffset !== undefined && { nextOffset }) };
}

async function extract(page: Page, { what, offset }: Extract<Action, { kind: 'extract' }>): Promise<Seen> {
  const whole = what === 'snapshot' ? await snapshot(page) : await page.locator('body').innerText({ timeout: ELEMENT_MS });
  const { text, nextOffset } = part(whole, offset, SHOWN);
  return { ...(await named(page)), [what]: text, ...(nextOffset !== undefined && { nextOffset }) };
}

const snapshot = (page: Page) => page.ariaSnapshot({ mode: 'ai', timeout: LOAD_MS });

async function named(page: Page): Promise<Pick<Seen, 'url' | 'title'>> {
  return { url: page.url().slice(0, MOST_URL), title: (await page.title()).slice(0, MOST_TITLE) };
}

function part(whole: string, offset: number, most: number): { readonly text: string; readonly nextOffset?: number } {
  const text = whole.slice(offset, offset + most);
  const end = offset + text.length;
  return { text, ...(end < whole.length && { nextOffset: end }) };
}

type Size = { readonly width: number; readonly height: number };

async function screenshot(page: Page, fullPage: boolean): Promise<Uint8Array> {
  const format = { type: 'jpeg', quality: QUALITY, animations: 'disabled', timeout: LOAD_MS } as const;
  if (!fullPage) return page.screenshot(format);
  const { width, height } = await page.evaluate<Size>(
    '(({ scrollWidth: width, scrollHeight: height }) => ({ width, height }))(document.documentElement)',
  );
  const clip = { x: 0, y: 0, width: Math.min(width, FULL_PAGE_PIXELS), height: Math.min(height, FULL_PAGE_PIXELS) };
  return page.screenshot({ ...format, fullPage: true, clip });
}
