import type { Context } from '../context.ts';
import { plain } from '../output.ts';

type Reply = { readonly messageId: string; readonly sessionId: string; readonly status?: string; readonly reply?: string };

/** The gateway's answer and its way back may take a moment longer than the agent. */
const MARGIN_MS = 5000;

/** Sends a message to the default agent and prints what it answers. */
export async function sendMessage(
  context: Context,
  options: { readonly to: string; readonly message: string; readonly timeout: number },
): Promise<undefined> {
  const api = await context.api();
  const body = { channel: 'http', from: options.to, text: options.message };
  const waitMs = Math.min(options.timeout, 600_000);
  const answer = await api.send<Reply>('POST', `/api/messages?wait=${waitMs}ms`, body, waitMs + MARGIN_MS);
  context.out.result(answer, () => [
    answer.reply === undefined ? `No reply: the agent had nothing to say (${answer.messageId}).` : plain(answer.reply),
  ]);
}
