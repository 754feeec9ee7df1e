/**
 * Each page does its main thing with the keys of the keyboard alone: no pointer, and no focus that was not come to by keys.
 * A call that waits for approval is decided so in approvals.spec.ts.
 */
import type { Locator, Page } from '@playwright/test';
import { startGateway } from '../gateway-process.ts';
import { startTelegram } from '../stand-ins/telegram.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';

test.describe.configure({ timeout: 180_000 });

/** More than any page has to tab through. */
const MOST_TABS = 200;

/** For what the gateway works on, on a machine that has others to do, too. */
const WORK = { timeout: 30_000 };

/** What somebody wrote: the first names the session, the second is the newest message. */
type Said = { readonly first: string; readonly second: string; readonly sessionId: string };
type Person = {
  readonly page: Page;
  readonly main: Locator;
  readonly press: (...keys: readonly string[]) => Promise<void>;
  readonly type: (text: string) => Promise<void>;
  /** Tabs on until something has the focus. */
  readonly tabTo: (target: Locator) => Promise<void>;
};

/** By page: the key that follows `g`, and what is done there. */
const PAGES: Readonly<Record<string, { readonly key: string; readonly act: (person: Person, said: Said) => Promise<void> }>> = {
  'Overview: the session of a message is opened': {
    key: 'o',
    act: async ({ page, main, press, tabTo }, { first, sessionId }) => {
      await tabTo(main.getByRole('link', { name: first }).first());
      await press('Enter');
      await expect(page).toHaveURL(new RegExp(`/sessions/\\?id=${sessionId}`));
    },
  },
  'Events: a query is written, an event opened and its tabs gone through': {
    key: 'e',
    act: async ({ page, main, press, type, tabTo }, { second }) => {
      await expect(main.locator('[data-position]').first()).toBeVisible();
      await press('/');
      await expect(main.getByRole('combobox', { name: 'Filter events' })).toBeFocused();
      await type('type:message.received');
      await press('Enter');
      await expect(page).toHaveURL(/q=type:message\.received/);
      await expect(page.locator('[data-position]').first()).toContainText(second);
      await press('Escape', 'j');
      const drawer = page.getByRole('dialog', { name: /^Event / });
      await tabTo(drawer.getByRole('tab', { name: 'Summary' }));
      await press('ArrowRight');
      await expect(drawer.getByRole('tab', { name: 'Payload' })).toBeFocused();
      await expect(drawer.getByRole('tabpanel')).toContainText(second);
      await press(']');
      await expect(drawer).not.toContainText('message.received');
      await press('[', 'Escape');
      await expect(drawer).toHaveCount(0);
    },
  },
  'Sessions: one is opened and gone through event by event': {
    key: 's',
    act: async ({ page, press }, { sessionId }) => {
      await expect(page.getByRole('table', { name: 'Sessions' }).getByRole('link').first()).toBeVisible();
      await press('j', 'o');
      await expect(page).toHaveURL(new RegExp(`/sessions/\\?id=${sessionId}`));
      const slider = page.getByRole('slider', { name: 'Event of this session' });
      const count = Number(await slider.getAttribute('aria-valuemax'));
      await press('ArrowLeft');
      await expect(slider).toHaveAttribute('aria-valuenow', String(count - 1));
      await press('Shift+ArrowLeft');
      await expect(slider).toHaveAttribute('aria-valuenow', String(count - 11));
      await press('ArrowRight');
      await expect(slider).toHaveAttribute('aria-valuenow', String(count - 10));
      await press('Space');
      await expect(slider).toHaveAttribute('aria-valuenow', String(count), WORK);
    },
  },
  'Audit: the log is verified': {
    key: 'a',
    act: async ({ main, press, tabTo }) => {
      await tabTo(main.getByRole('tab', { name: 'Trail' }));
      await press('ArrowRight');
      await tabTo(main.getByRole('button', { name: 'Verify' }));
      await press('Enter');
      await expect(main.getByTestId('check-result')).toContainText('The chain is good up to seq', WORK);
    },
  },
  'Logs: lines are looked for and one is opened': {
    key: 'l',
    act: async ({ page, main, press, type, tabTo }) => {
      await expect(main.getByLabel('Search the log')).toBeVisible();
      await press('/');
      await type('gateway ready');
      await press('Enter');
      await expect(page).toHaveURL(/q=gateway/);
      const list = main.getByRole('region', { name: 'Log lines, newest first' });
      await tabTo(list);
      await press('j', 'Enter');
      await expect(list.getByRole('figure', { name: 'Details' })).toContainText('version');
    },
  },
  'Metrics: another stretch of time is chosen': {
    key: 'm',
    act: async ({ page, press }) => {
      await expect(page.getByRole('button', { name: 'Time range: Last hour' })).toBeVisible();
      await press('t');
      await expect(page.getByRole('button', { name: 'Last hour', exact: true })).toBeFocused();
      await press('ArrowDown', 'Enter');
      await expect(page).toHaveURL(/range=6h/);
      await expect(page.getByRole('button', { name: 'Time range: Last 6 hours' })).toBeFocused();
    },
  },
  'Agents: a tool is opened': {
    key: 'b',
    act: async ({ page, main, press, tabTo }) => {
      await tabTo(main.getByRole('tab', { name: 'Agents' }));
      await press('ArrowRight');
      await tabTo(main.locator('[data-row="clock.now"]'));
      await press('Enter');
      const drawer = page.getByRole('dialog', { name: 'clock.now' });
      await expect(drawer).toBeVisible();
      await press('Escape');
      await expect(drawer).toHaveCount(0);
    },
  },
  'Console: it is seen what would become of a message': {
    key: 'c',
    act: async ({ main, press, type, tabTo }) => {
      await tabTo(main.getByLabel('Sender'));
      await press('Control+a');
      await type('berta');
      await tabTo(main.getByLabel('Text'));
      await type('is the crane free?');
      await tabTo(main.getByRole('button', { name: 'What would happen?' }));
      await press('Enter');
      await expect(main.getByRole('region', { name: 'What would be decided' }).getByText('let in')).toBeVisible();
    },
  },
  'Configuration: a key is found, changed, and the change thrown away': {
    key: 'f',
    act: async ({ main, press, type, tabTo }) => {
      await tabTo(main.getByRole('searchbox'));
      await type('requestTimeout');
      await tabTo(main.locator('[data-key="gateway.network.connections.requestTimeout"] input'));
      await press('Control+a');
      await type('45s');
      await press('Enter');
      await expect(main.getByText('Not saved')).toBeVisible();
      await tabTo(main.getByRole('button', { name: 'Discard' }));
      await press('Enter');
      await expect(main.getByText('Not saved')).toHaveCount(0);
    },
  },
  'Access: a token is made and kept': {
    key: 'u',
    act: async ({ page, main, press, type, tabTo }) => {
      const name = `keys-${Date.now() % 100_000}`;
      await tabTo(main.getByRole('radio', { name: 'Users' }));
      await press('ArrowRight');
      await tabTo(main.getByRole('button', { name: 'New token' }));
      await press('Enter');
      await expect(page.getByRole('dialog', { name: 'New token' }).getByLabel('Name')).toBeFocused();
      await type(name);
      await press('Enter');
      await tabTo(page.getByRole('dialog', { name: `Token ${name}` }).getByRole('button', { name: 'I have kept it' }));
      await press('Enter');
      await expect(main.getByRole('row', { name: new RegExp(name) })).toBeVisible();
    },
  },
  'Exports: one is put together and begun': {
    key: 'x',
    act: async ({ page, main, press, tabTo }) => {
      await tabTo(main.getByRole('button', { name: 'New export' }).first());
      await press('Enter');
      const wizard = page.getByRole('dialog', { name: 'New export' });
      await tabTo(wizard.getByRole('button', { name: 'Next' }));
      for (const step of [2, 3, 4, 5, 6]) {
        await press('Enter');
        await expect(wizard.locator('[aria-current=step]')).toHaveText(new RegExp(`^${step}`));
      }
      await tabTo(wizard.getByRole('button', { name: 'Begin the export' }));
      await press('Enter');
      await expect(main.locator('[data-job]').first()).toContainText('Complete', WORK);
    },
  },
  'Replay: a conversation is replayed': {
    key: 'y',
    act: async ({ page, main, press, type, tabTo }, { sessionId }) => {
      await tabTo(main.getByRole('link', { name: 'New replay' }));
      await press('Enter');
      await tabTo(main.getByLabel('Session, by id or key'));
      await type(sessionId);
      await expect(main.getByRole('status').filter({ hasText: '2 messages' })).toBeVisible();
      await tabTo(main.getByRole('button', { name: 'Start' }));
      await press('Enter');
      await expect(page).toHaveURL(/run=rpl_/);
      await expect(main.getByRole('list', { name: 'How the messages came out' })).toContainText('identical 2', { timeout: 90_000 });
    },
  },
};

for (const [name, { key, act }] of Object.entries(PAGES)) {
  test(`B15 ${name} with the keyboard alone`, async ({ page, gateway, signIn }) => {
    const from = `vera-${Date.now()}`;
    const first = `pilot ${Date.now()}`;
    const second = `tug ${Date.now()}`;
    await sayByHttp(gateway, first, from);
    const { sessionId } = await sayByHttp(gateway, second, from);
    const person = atTheKeyboard(page);
    await signIn();
    await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
    await person.press('g', key);
    await act(person, { first, second, sessionId });
    expect(await page.evaluate<number>('window.pointed')).toBe(0);
  });
}

test('B15 Channels and Routing: all accounts are probed, also from elsewhere, and a message is explained with the keyboard alone', async ({
  page,
}) => {
  const telegram = await startTelegram();
  const channels = { telegram: { botToken: telegram.token, apiRoot: telegram.url, dmPolicy: 'open' } };
  await using gateway = await startGateway({ config: { channels } });
  const { main, press, type, tabTo } = atTheKeyboard(page);
  await signInTo(gateway, page);
  await press('g', 'h');
  await tabTo(main.getByRole('button', { name: 'Probe all' }));
  await press('Enter');
  const steps = main.getByRole('article', { name: 'telegram/default' }).getByRole('list', { name: 'Probe' });
  await expect(steps.locator('[data-step=connect][data-ok=true]')).toBeVisible(WORK);

  await press('g', 'r');
  await tabTo(main.getByLabel('From'));
  await type('42');
  await tabTo(main.getByRole('button', { name: 'Explain' }));
  await press('Enter');
  await expect(main.getByText('It would go to main.')).toBeVisible();

  await press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Find and do' })).toBeFocused();
  await type('probe all');
  await press('Enter');
  await expect(steps.locator('[data-step=connect][data-ok=true]')).toBeVisible(WORK);
  expect(await page.evaluate<number>('window.pointed')).toBe(0);
  await telegram.close();
});

function atTheKeyboard(page: Page): Person {
  const press = async (...keys: readonly string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const tabTo = async (target: Locator) => {
    await target.waitFor();
    for (let tabs = 0; tabs < MOST_TABS; tabs++) {
      if ((await page.locator(':focus').and(target).count()) > 0) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`${String(target)} is not come to in ${MOST_TABS} tabs`);
  };
  void page.addInitScript(`window.pointed = 0; window.addEventListener('pointerdown', () => window.pointed++, true);`);
  return { page, main: page.getByRole('main'), press, type: (text) => page.keyboard.type(text), tabTo };
}
