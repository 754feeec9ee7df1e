/**
 * An Ollama server as its OpenAI door behaves: it has the models that were pulled and no others, loads one when it is asked for,
 * takes so many tokens of each, and says in its own words what it cannot do.
 */
import type { ServerResponse } from 'node:http';
import { startHttpServer } from './http-server.ts';

export type OllamaModel = {
  /** How many tokens a prompt may have; a word is one. */
  readonly contextTokens?: number;
  readonly tools?: boolean;
  /** Gibibytes that it needs. */
  readonly memory?: number;
};

export type OllamaServer = {
  readonly url: string;
  readonly pull: (name: string, model?: OllamaModel) => void;
  /** The next requests are turned away for so many times: the model is being loaded, or too many wait. */
  readonly turnAway: (why: 'loading' | 'busy', times: number) => void;
  /** In the midst of the next answer: the connection breaks, or the program that runs the model ends. */
  readonly failNext: (how: 'connection' | 'runner') => void;
  readonly requests: readonly { readonly path: string; readonly body: string }[];
  readonly close: () => Promise<void>;
};

type Asked = {
  readonly model: string;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly tools?: readonly unknown[];
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
};

const FREE_MEMORY = 3.1;
const TURNED_AWAY = {
  loading: 'llm server loading model',
  busy: 'server busy, please try again.  maximum pending requests exceeded',
} as const;
const TYPES: Readonly<Record<number, string>> = { 400: 'invalid_request_error', 404: 'not_found_error' };

/** Starts the server; `url` is what a client is configured with, `http://127.0.0.1:<port>/v1`. */
export async function startOllama(port?: number): Promise<OllamaServer> {
  const models = new Map<string, OllamaModel>();
  const requests: { path: string; body: string }[] = [];
  let away: { readonly why: keyof typeof TURNED_AWAY; left: number } | undefined;
  let failing: 'connection' | 'runner' | undefined;

  const server = await startHttpServer((request, body, response) => {
    const path = request.url ?? '/';
    requests.push({ path, body });
    if (path === '/') return void response.end('Ollama is running');
    if (path === '/api/version') return json(response, 200, { version: '0.12.6' });
    if (path === '/api/tags')
      return json(response, 200, { models: [...models.keys()].map((name) => ({ name: tagged(name), model: tagged(name) })) });
    if (path === '/v1/models') {
      return json(response, 200, {
        object: 'list',
        data: [...models.keys()].map((id) => ({ id: tagged(id), object: 'model', created: 1, owned_by: 'library' })),
      });
    }
    if (path !== '/v1/chat/completions') return void response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found');
    const asked = JSON.parse(body) as Asked;
    const refusal = refuse(asked);
    if (refusal) return fail(response, ...refusal);
    const how = failing;
    failing = undefined;
    answer(response, asked, how);
  }, port);

  function refuse(asked: Asked): readonly [status: number, message: string] | undefined {
    const model = models.get(asked.model.replace(/:latest$/, ''));
    if (!model) return [404, `model '${asked.model}' not found`];
    if (away && away.left > 0) {
      away.left -= 1;
      return [503, TURNED_AWAY[away.why]];
    }
    if ((model.memory ?? 0) > FREE_MEMORY)
      return [500, `model requires more system memory (${model.memory} GiB) than is available (${FREE_MEMORY} GiB)`];
    if (model.tools === false && asked.tools?.length)
      return [400, `registry.ollama.ai/library/${tagged(asked.model)} does not support tools`];
    const over = wordsOf(asked) - (model.contextTokens ?? Number.POSITIVE_INFINITY);
    return over > 0 ? [400, `prompt too long; exceeded max context length by ${over} tokens`] : undefined;
  }

  return {
    url: `${server.origin}/v1`,
    pull: (name, model = {}) => void models.set(name, model),
    turnAway: (why, times) => {
      away = { why, left: times };
    },
    failNext: (how) => {
      failing = how;
    },
    requests,
    close: server.close,
  };
}

const tagged = (name: string) => (name.includes(':') ? name : `${name}:latest`);
const wordsOf = ({ messages }: Asked) => JSON.stringify(messages).split(/\s+/).length;

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, status: number, message: string): void {
  json(response, status, { error: { message, type: TYPES[status] ?? 'api_error', param: null, code: null } });
}

function answer(response: ServerResponse, asked: Asked, failing: 'connection' | 'runner' | undefined): unknown {
  const common = { id: 'chatcmpl-42', created: 1, model: asked.model, system_fingerprint: 'fp_ollama' };
  const usage = { prompt_tokens: wordsOf(asked), completion_tokens: 3, total_tokens: wordsOf(asked) + 3 };
  const words = ['pong ', 'from ', 'ollama'];
  if (!asked.stream) {
    if (failing === 'runner') return fail(response, 500, RUNNER);
    if (failing === 'connection') return void response.destroy();
    const message = { role: 'assistant', content: words.join('') };
    return json(response, 200, { ...common, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], usage });
  }
  const chunk = (delta: object, finish: string | null) =>
    line({ ...common, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const pieces = words.map((content) => chunk({ role: 'assistant', content }, null));
  if (failing) {
    return response.write(pieces[0], () => {
      if (failing === 'connection') response.destroy();
      else response.end(line({ error: { message: RUNNER, type: 'api_error', param: null, code: null } }));
    });
  }
  const last = asked.stream_options?.include_usage ? line({ ...common, object: 'chat.completion.chunk', choices: [], usage }) : '';
  return response.end(`${pieces.join('')}${chunk({ role: 'assistant', content: '' }, 'stop')}${last}data: [DONE]\n\n`);
}

const RUNNER = 'an error was encountered while running the model: unexpected EOF';
const line = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
