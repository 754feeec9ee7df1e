/** How soon a page stands, holds still and answers: as the browser itself measures it. */
import type { BrowserContext, Page } from '@playwright/test';
import type { Result } from '../report.ts';
import { quantile } from '../statistics.ts';
import { untilInPage, type World } from './world.ts';

const LOADS = 5;
const SLOWER = 4;
const STEPS = 20;
/** Enough that one slow one among them is not the figure. */
const LINKS = 100;

/** Collects largest paint, shifts, long tasks and interactions from before the first script on. */
const WATCH = `(() => {
  const seen = { lcp: 0, isContent: false, cls: 0, blocked: 0, inp: [] };
  window.seenByBench = seen;
  const observe = (type, take, more = {}) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
  observe('largest-contentful-paint', (entry) => {
    seen.lcp = entry.startTime;
    seen.isContent = entry.element?.closest('main li') != null;
  });
  observe('layout-shift', (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
  observe('longtask', (entry) => { seen.blocked += Math.max(0, entry.duration - 50); });
  observe('event', (entry) => { if (entry.interactionId) seen.inp.push(entry.duration); }, { durationThreshold: 16 });
})()`;

type Seen = { readonly lcp: number; readonly cls: number; readonly blocked: number; readonly inp: readonly number[] };
const seenIn = (page: Page) => page.evaluate<Seen>('window.seenByBench');

export async function measurePaint(world: World): Promise<Result[]> {
  const { context } = await world.signedIn();
  await context.addInitScript(WATCH);
  const plain = await coldLoads(world, context, 1);
  const slowed = await coldLoads(world, context, SLOWER);
  const interactions = await interact(world, context);
  await context.close();
  const worst = (loads: readonly Seen[], of: 'cls' | 'blocked') => Math.max(...loads.map((seen) => seen[of]));
  return [
    {
      name: `LCP of the overview, cold, median of ${LOADS}`,
      value: quantile(
        plain.map(({ lcp }) => lcp),
        0.5,
      ),
      unit: 'ms',
      limit: { atMost: 300 },
    },
    {
      name: `LCP, cold, processor ×${SLOWER} slower`,
      value: quantile(
        slowed.map(({ lcp }) => lcp),
        0.5,
      ),
      unit: 'ms',
      limit: { atMost: 1_000 },
    },
    { name: 'CLS, worst', value: worst([...plain, ...slowed], 'cls'), unit: '', limit: { atMost: 0.02 } },
    { name: 'TBT, worst', value: worst(plain, 'blocked'), unit: 'ms', limit: { atMost: 150 } },
    { name: `INP, p75 of ${interactions.length}`, value: quantile(interactions, 0.75), unit: 'ms', limit: { atMost: 100 } },
  ];
}

async function coldLoads({ gateway }: World, context: BrowserContext, slower: number): Promise<readonly Seen[]> {
  const loads: Seen[] = [];
  for (let load = 0; load < LOADS; load++) {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
    await page.goto(gateway.url());
    await page.getByTestId('verdict').waitFor();
    await page.locator('main a[href^="/sessions/?id="]').first().waitFor();
    // The browser tells of a paint some time after it: until then the largest it told of is the title.
    await untilInPage(page, 'window.seenByBench.isContent');
    loads.push(await seenIn(page));
    await page.close();
  }
  return loads;
}

/** Opens rows one after the other by the keyboard, and looks at the tabs of each. */
async function interact({ gateway }: World, context: BrowserContext): Promise<readonly number[]> {
  const page = await context.newPage();
  await page.goto(`${gateway.url()}/events/?range=all`);
  await page.locator('[data-position]').first().waitFor();
  for (let step = 0; step < STEPS; step++) {
    await page.keyboard.press('j');
    await page.getByRole('dialog').getByRole('tab').first().waitFor();
    await page
      .getByRole('dialog')
      .getByRole('tab')
      .nth(1 + (step % 2))
      .click();
  }
  const { inp } = await seenIn(page);
  await page.close();
  // What took less than two frames is not told: it counts as that.
  return inp.length > 0 ? inp : [16];
}

/** When the row of a link and the sheet of its event were first painted together, in milliseconds since the link was followed: what is posted in a frame comes after its paint. */
const WATCH_LINK = `(() => {
  const row = '[data-position="' + new URLSearchParams(location.search).get('sel') + '"]';
  window.linkStands = new Promise((resolve) => {
    const painted = new MessageChannel();
    painted.port1.onmessage = () => resolve(performance.now());
    const look = () => {
      if (document.querySelector(row) && document.querySelector('dialog[open] dt')) painted.port2.postMessage(0);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
})()`;

export async function measureDeepLink(world: World): Promise<Result[]> {
  const { page, context } = await world.signedIn();
  await page.addInitScript(WATCH_LINK);
  await page.goto(`${world.gateway.url()}/events/?range=all`);
  await page.locator('[data-position]').first().waitFor();
  const tookMs: number[] = [];
  for (let link = 1; link <= LINKS; link++) {
    const position = Math.floor((world.history.events * link) / (LINKS + 1));
    // What a page costs that is left is not the link's.
    await page.goto(`${world.gateway.url()}/healthz`);
    await page.goto(`${world.gateway.url()}/events/?range=all&sel=${position}`, { waitUntil: 'commit' });
    tookMs.push(await page.evaluate<number>('window.linkStands'));
  }
  await context.close();
  return [
    { name: `link to any event until it stands, p95 of ${LINKS}`, value: quantile(tookMs, 0.95), unit: 'ms', limit: { atMost: 200 } },
  ];
}
