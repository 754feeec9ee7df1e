/** An OpenAI-compatible server: `/v1/chat/completions`, `/v1/responses` and `/v1/models`. */
import { parseArgs } from 'node:util';
import { runAsProgram } from './http-server.ts';
import {
  type ModelProtocol,
  type ModelServer,
  type ModelServerOptions,
  pieces,
  type ScriptedAnswer,
  type ScriptedToolCall,
  startModelServer,
} from './model-server.ts';

const MODEL = 'stand-in-1';
const asksForStream = (body: string) => /"stream"\s*:\s*true/.test(body);
const error = (status: number, message: string) =>
  JSON.stringify({ error: { message, type: status === 429 ? 'rate_limit_exceeded' : 'invalid_request_error', param: null, code: null } });
const callId = (call: ScriptedToolCall, index: number) => call.id ?? `call_${index + 1}`;
const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;

const chatUsage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18, prompt_tokens_details: { cached_tokens: 3 } };
const chatToolCalls = (answer: ScriptedAnswer) =>
  (answer.toolCalls ?? []).map((call, index) => ({
    index,
    id: callId(call, index),
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
const chatFinish = (answer: ScriptedAnswer) => answer.finishReason ?? (answer.toolCalls?.length ? 'tool_calls' : 'stop');

const overloaded = { message: 'The server is overloaded', type: 'server_error', param: null, code: 'server_error' };

const chatCompletions: ModelProtocol = {
  streams: asksForStream,
  error,
  overloaded: data({ error: overloaded }),
  events: (answer) => {
    const chunk = (delta: object, finish: string | null = null) =>
      data({
        id: 'chatcmpl-1',
        object: 'chat.completion.chunk',
        created: 1,
        model: MODEL,
        choices: [{ index: 0, delta, finish_reason: finish }],
      });
    return [
      chunk({ role: 'assistant', content: '' }),
      ...pieces(answer.text ?? '').map((content) => chunk({ content })),
      ...chatToolCalls(answer).map((call) => chunk({ tool_calls: [call] })),
      chunk({}, chatFinish(answer)),
      data({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: MODEL, choices: [], usage: chatUsage }),
      'data: [DONE]\n\n',
    ];
  },
  whole: (answer) => {
    const toolCalls = chatToolCalls(answer);
    const message = { role: 'assistant', content: answer.text ?? null, ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}) };
    return JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: MODEL,
      choices: [{ index: 0, message, finish_reason: chatFinish(answer) }],
      usage: chatUsage,
    });
  },
};

const responsesUsage = {
  input_tokens: 11,
  input_tokens_details: { cached_tokens: 3 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 18,
};
const textItem = (text: string) => ({
  type: 'message',
  id: 'item_text',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const callItems = (answer: ScriptedAnswer) =>
  (answer.toolCalls ?? []).map((call, index) => ({
    type: 'function_call',
    id: `item_${index + 1}`,
    call_id: callId(call, index),
    name: call.name,
    arguments: JSON.stringify(call.arguments),
    status: 'completed',
  }));
const responseBody = (answer: ScriptedAnswer) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: answer.finishReason === 'length' ? 'incomplete' : 'completed',
  model: MODEL,
  output: [...(answer.text ? [textItem(answer.text)] : []), ...callItems(answer)],
  incomplete_details: answer.finishReason === 'length' ? { reason: 'max_output_tokens' } : null,
  usage: responsesUsage,
});

const responses: ModelProtocol = {
  streams: asksForStream,
  error,
  overloaded: data({ type: 'error', sequence_number: 99, error: overloaded }),
  events: (answer) => {
    const { text = '' } = answer;
    const calls = callItems(answer);
    const first = text ? 1 : 0;
    const list: object[] = [{ type: 'response.created', response: { id: 'resp_1', created_at: 1, model: MODEL } }];
    if (text) {
      list.push({ type: 'response.output_item.added', output_index: 0, item: { ...textItem(''), status: 'in_progress', content: [] } });
      for (const delta of pieces(text)) {
        list.push({ type: 'response.output_text.delta', item_id: 'item_text', output_index: 0, content_index: 0, delta });
      }
      list.push({ type: 'response.output_item.done', output_index: 0, item: textItem(text) });
    }
    for (const [index, call] of calls.entries()) {
      const at = { item_id: call.id, output_index: first + index };
      list.push({
        type: 'response.output_item.added',
        output_index: at.output_index,
        item: { ...call, arguments: '', status: 'in_progress' },
      });
      list.push({ type: 'response.function_call_arguments.delta', ...at, delta: call.arguments });
      list.push({ type: 'response.function_call_arguments.done', ...at, arguments: call.arguments });
      list.push({ type: 'response.output_item.done', output_index: at.output_index, item: call });
    }
    const last = answer.finishReason === 'length' ? 'response.incomplete' : 'response.completed';
    list.push({ type: last, response: responseBody(answer) });
    return list.map((event, index) => data({ sequence_number: index, ...event }));
  },
  whole: (answer) => JSON.stringify(responseBody(answer)),
};

/** Starts the server; `url` is the base URL a client is configured with, `http://127.0.0.1:<port>/v1`. */
export function startOpenAi(options: ModelServerOptions = {}): Promise<ModelServer> {
  return startModelServer({ '/v1/chat/completions': chatCompletions, '/v1/responses': responses }, '/v1', options);
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
    startOpenAi({ port: Number(values.port), answer: { text: values.text }, latencyMs: Number(values['latency-ms']) }),
  );
}
