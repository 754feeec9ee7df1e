import { openWorld } from './dashboard/world.ts';
await using world = await openWorld({ events: Number(process.argv[2] ?? 50_000), tailSeconds: 5 });
const { context } = await world.signedIn();
await context.addInitScript(`(() => { window.l = []; new PerformanceObserver((list) => list.getEntries().forEach((e) => window.l.push([Math.round(e.startTime), e.size, e.element?.tagName + '.' + String(e.element?.className).slice(0, 40), (e.element?.textContent ?? '').slice(0, 40)]))).observe({ type: 'largest-contentful-paint', buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach((e) => window.l.push(['long', Math.round(e.startTime), Math.round(e.duration)]))).observe({ type: 'longtask', buffered: true });
window.cls = []; new PerformanceObserver((list) => list.getEntries().forEach((e) => window.cls.push([Math.round(e.startTime), e.value.toFixed(4), e.sources.map((s) => s.node?.nodeName + '.' + String(s.node?.className ?? '').slice(0, 30) + JSON.stringify(s.previousRect.y) + '>' + s.currentRect.y)]))).observe({ type: 'layout-shift', buffered: true }); })()`);
for (let i = 0; i < 6; i++) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await session.send('Emulation.setCPUThrottlingRate', { rate: i > 3 ? 4 : 1 });
  await page.goto(world.gateway.url());
  await page.getByTestId('verdict').waitFor();
  await page.locator('main a[href^="/sessions/?id="]').first().waitFor();
  console.log(JSON.stringify(await page.evaluate(`({ l: window.l, cls: window.cls, fcp: performance.getEntriesByName('first-contentful-paint').map((e) => Math.round(e.startTime)), nav: Math.round(performance.getEntriesByType('navigation')[0].responseEnd), dcl: Math.round(performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd), res: performance.getEntriesByType('resource').map((r) => [r.name.replace(/.*(chunks|18789|:\\d+)/, '').slice(0, 30), Math.round(r.startTime), Math.round(r.responseStart), Math.round(r.responseEnd)]) })`)));
  await page.close();
}
