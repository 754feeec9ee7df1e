/** The open event log and the four doors that messages come in by, for the tests that watch one from the others. */
import type { BrowserContext, Page } from '@playwright/test';
import type { GatewayProcess } from '../gateway-process.ts';
import { openWebSocket, type Say, sayByCommand, sayByHttp, sayInConsole } from './doors.ts';
import { expect } from './gateway.ts';

export const DOORS = ['HTTP', 'the command line', 'the WebSocket', 'the Console'] as const;

export type Event = { readonly position: number; readonly time: number; readonly type: string };

export async function openEvents(page: Page, gateway: GatewayProcess): Promise<void> {
  await page.goto(`${gateway.url()}/events/`);
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  await expect(page.locator('[data-position]').first()).toBeVisible();
}

/** All four doors of a gateway; the Console in a tab of its own. */
export async function openDoors(gateway: GatewayProcess, context: BrowserContext) {
  const socket = await openWebSocket(gateway);
  const tab = await context.newPage();
  await tab.goto(`${gateway.url()}/console/?mode=live`);
  const say: Record<(typeof DOORS)[number], Say> = {
    HTTP: async (text) => (await sayByHttp(gateway, text)).reply ?? '',
    'the command line': (text) => sayByCommand(gateway, text),
    'the WebSocket': socket.say,
    'the Console': (text) => sayInConsole(tab, text),
  };
  return { say, [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose]() };
}

export async function eventsAfter(gateway: GatewayProcess, position: number): Promise<readonly Event[]> {
  const found: Event[] = [];
  for (;;) {
    const after = found.at(-1)?.position ?? position;
    const { rows } = await gateway.json<{ rows: readonly Event[] }>(`/api/events?limit=500&after=${after}`);
    if (rows.length === 0) return found;
    found.push(...rows);
  }
}
