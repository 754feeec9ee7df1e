/** A model that says the first half of its answer, and the second half when it is told to; where no stream is asked for, all of it then. */
import { startHttpServer } from '../stand-ins/http-server.ts';

export type HeldModel = AsyncDisposable & {
  /** The base URL of an OpenAI-compatible provider. */
  readonly url: string;
  /** Lets the answer be said to its end. */
  readonly release: () => void;
};

export async function startHeldModel(firstHalf: string, secondHalf: string): Promise<HeldModel> {
  const released = Promise.withResolvers<void>();
  const server = await startHttpServer((_request, body, response) => {
    if (!/"stream"\s*:\s*true/.test(body)) {
      void released.promise.then(() => response.writeHead(200, JSON_TYPE).end(whole(firstHalf + secondHalf)));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk({ role: 'assistant', content: firstHalf }));
    void released.promise.then(() => {
      response.write(chunk({ content: secondHalf }));
      response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
    });
  });
  return { url: `${server.origin}/v1`, release: released.resolve, [Symbol.asyncDispose]: server.close };
}

const JSON_TYPE = { 'content-type': 'application/json' };

function whole(content: string): string {
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
  return JSON.stringify({ id: 'held-1', object: 'chat.completion', created: 1, model: 'held', choices, usage: USAGE });
}

const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };

function chunk(delta: object, finish: 'stop' | null = null): string {
  const value = {
    id: 'held-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'held',
    choices: [{ index: 0, delta, finish_reason: finish }],
  };
  return `data: ${JSON.stringify(value)}\n\n`;
}
