/** A server that speaks Anthropic's messages API: `/v1/messages`, whole and streamed, with tool use. */
import { parseArgs } from 'node:util';
import { runAsProgram } from './http-server.ts';
import {
  type ModelProtocol,
  type ModelServer,
  type ModelServerOptions,
  pieces,
  type ScriptedAnswer,
  startModelServer,
} from './model-server.ts';

const MODEL = 'stand-in-1';
const usage = { input_tokens: 8, cache_creation_input_tokens: 0, cache_read_input_tokens: 3 };
const event = (value: { readonly type: string }) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
const stopReason = (answer: ScriptedAnswer) => {
  if (answer.finishReason === 'length') return 'max_tokens';
  return answer.toolCalls?.length ? 'tool_use' : 'end_turn';
};
const toolUses = (answer: ScriptedAnswer) =>
  (answer.toolCalls ?? []).map((call, index) => ({
    type: 'tool_use',
    id: call.id ?? `call_${index + 1}`,
    name: call.name,
    input: call.arguments,
  }));

const messages: ModelProtocol = {
  streams: (body) => /"stream"\s*:\s*true/.test(body),
  error: (status, message) =>
    JSON.stringify({ type: 'error', error: { type: status === 429 ? 'rate_limit_error' : 'invalid_request_error', message } }),
  overloaded: event({ type: 'error', ...{ error: { type: 'overloaded_error', message: 'Overloaded' } } }),
  events: (answer) => {
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: MODEL,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usage, output_tokens: 1 },
    };
    const frames: string[] = [event({ type: 'message_start', ...{ message } })];
    let index = 0;
    const block = (start: object, deltas: readonly object[]) => {
      frames.push(event({ type: 'content_block_start', ...{ index, content_block: start } }));
      for (const delta of deltas) frames.push(event({ type: 'content_block_delta', ...{ index, delta } }));
      frames.push(event({ type: 'content_block_stop', ...{ index } }));
      index++;
    };
    if (answer.text) {
      block(
        { type: 'text', text: '' },
        pieces(answer.text).map((text) => ({ type: 'text_delta', text })),
      );
    }
    for (const call of toolUses(answer)) {
      block({ ...call, input: {} }, [{ type: 'input_json_delta', partial_json: JSON.stringify(call.input) }]);
    }
    frames.push(
      event({ type: 'message_delta', ...{ delta: { stop_reason: stopReason(answer), stop_sequence: null }, usage: { output_tokens: 7 } } }),
      event({ type: 'message_stop' }),
    );
    return frames;
  },
  whole: (answer) =>
    JSON.stringify({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: MODEL,
      content: [...(answer.text ? [{ type: 'text', text: answer.text }] : []), ...toolUses(answer)],
      stop_reason: stopReason(answer),
      stop_sequence: null,
      usage: { ...usage, output_tokens: 7 },
    }),
};

/** Starts the server; `url` is the base URL a client is configured with, `http://127.0.0.1:<port>/v1`. */
export function startAnthropic(options: ModelServerOptions = {}): Promise<ModelServer> {
  return startModelServer({ '/v1/messages': messages }, '/v1', options);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      text: { type: 'string', default: 'pong' },
      'latency-ms': { type: 'string', default: '0' },
    },
  });
  await runAsProgram(() =>
    startAnthropic({ port: Number(values.port), answer: { text: values.text }, latencyMs: Number(values['latency-ms']) }),
  );
}
