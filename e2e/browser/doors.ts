/** The doors by which a message comes in. Each sends one and resolves with the answer that came back the same way. */
import { randomUUID } from 'node:crypto';
import { GatewayClient } from '@openclaw/gateway-client';
import type { Page } from '@playwright/test';
import { type GatewayProcess, until } from '../gateway-process.ts';
import { expect } from './gateway.ts';

export type Say = (text: string) => Promise<string>;

type Message = { readonly messageId: string; readonly sessionId: string; readonly status: string; readonly reply?: string };

/** Sends over HTTP and waits until the message is settled. */
export async function sayByHttp(gateway: GatewayProcess, text: string, from = 'anna'): Promise<Message> {
  const init = { method: 'POST', body: JSON.stringify({ from, text }) };
  const { messageId, sessionId } = await gateway.json<Message>('/api/messages', init);
  return until(`the answer to ${messageId}`, async () => {
    const now = await gateway.json<Omit<Message, 'sessionId'>>(`/api/messages/${messageId}`);
    return now.status === 'delivered' ? { ...now, messageId, sessionId } : undefined;
  });
}

/** Sends by `openclaw message send`. */
export async function sayByCommand(gateway: GatewayProcess, text: string): Promise<string> {
  const { code, stdout, stderr } = await gateway.command(['message', 'send', '--to', 'clara', '--message', text]);
  if (code !== 0) throw new Error(`openclaw message send: ${stdout}${stderr}`);
  return stdout.trim();
}

/** Sends over the WebSocket by the published client. */
export async function openWebSocket(gateway: GatewayProcess): Promise<{ readonly say: Say } & AsyncDisposable> {
  const answers = new Map<string, string>();
  const ready = Promise.withResolvers<void>();
  const client = new GatewayClient({
    url: gateway.url().replace('http', 'ws'),
    token: await gateway.token(),
    clientName: 'cli',
    onHelloOk: () => ready.resolve(),
    onConnectError: (error) => ready.reject(error),
    onEvent: ({ event, payload }) => {
      if (event !== 'chat') return;
      const { runId, state, message } = payload as { runId: string; state: string; message?: { content: { text: string }[] } };
      if (state === 'final') answers.set(runId, message?.content.map(({ text }) => text).join('') ?? '');
    },
  });
  client.start();
  await ready.promise;
  return {
    say: async (message) => {
      const runId = randomUUID();
      await client.request('chat.send', { sessionKey: 'talk', message, idempotencyKey: runId });
      return until(`the answer to ${runId}`, () => answers.get(runId));
    },
    [Symbol.asyncDispose]: () => client.stopAndWait(),
  };
}

/** Types into the Console and reads the answer there. */
export async function sayInConsole(page: Page, text: string): Promise<string> {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
  const turn = page.locator('[data-message]').filter({ hasText: text });
  await expect(turn).toContainText('Delivered');
  return turn.innerText();
}
