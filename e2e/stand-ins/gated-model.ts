/** An OpenAI-compatible server that answers each request when it is told to, in the order they came. */
import { startHttpServer } from './http-server.ts';

export type GatedModel = AsyncDisposable & {
  /** The base URL of an OpenAI-compatible provider. */
  readonly url: string;
  /** What was asked so far: the newest words of the user in each request. */
  readonly asked: readonly string[];
  /** Requests that have no answer yet. */
  readonly waiting: () => number;
  /** Answers the oldest request that waits, with `re: <what was asked>`. */
  readonly answerNext: () => void;
};

type Message = { readonly role: string; readonly content: unknown };

export async function startGatedModel(): Promise<GatedModel> {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const server = await startHttpServer((_request, body, response) => {
    const { messages } = JSON.parse(body) as { messages: readonly Message[] };
    const words = textOf(messages.findLast(({ role }) => role === 'user')?.content);
    asked.push(words);
    waiting.push(() => {
      const choices = [{ index: 0, message: { role: 'assistant', content: `re: ${words}` }, finish_reason: 'stop' }];
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 'gated', object: 'chat.completion', created: 1, model: 'gated', choices, usage }));
    });
  });
  return {
    url: `${server.origin}/v1`,
    asked,
    waiting: () => waiting.length,
    answerNext: () => waiting.shift()?.(),
    [Symbol.asyncDispose]: server.close,
  };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return (content as readonly { readonly text?: string }[]).map(({ text = '' }) => text).join('');
}
