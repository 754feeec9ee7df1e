/** The built-in model: it answers without a key or a network, so that a fresh install works and every path can be tried. */
import { GatewayError } from '@openclaw-gateway/events';
import { defineModel, type ModelChunk, type ModelMessage, type ModelRequest } from '@openclaw-gateway/sdk';
import { z } from 'zod';

const CLOCK = 'clock.now';
const ASKS_FOR_TIME = /\b(what(?:'s|s| is)? the time|what time|current time|time is it|time now)\b|几点|现在.*时间/i;

export default defineModel({
  api: 'echo',
  config: z.object({}),
  create: () => ({ stream: (request, signal) => answer(request, signal) }),
});

async function* answer(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelChunk> {
  const last = request.messages.at(-1);
  const question = lastUserText(request.messages);
  if (last?.role === 'user' && ASKS_FOR_TIME.test(question) && request.tools.some((tool) => tool.name === CLOCK)) {
    stopIfAborted(signal);
    yield { type: 'tool-call', call: { callId: `echo_${request.messages.length}`, tool: CLOCK, arguments: {} } };
    yield { type: 'finish', reason: 'tool-calls', usage: usage(request, 1) };
    return;
  }
  const words = last?.role === 'tool' ? inWords(describeResult(last)) : inWords(`echo: ${question}`);
  for (const text of words) {
    stopIfAborted(signal);
    yield { type: 'text', text };
  }
  stopIfAborted(signal);
  yield { type: 'finish', reason: 'stop', usage: usage(request, words.length) };
}

function lastUserText(messages: readonly ModelMessage[]): string {
  const message = messages.findLast((candidate) => candidate.role === 'user');
  if (message?.role !== 'user') return '';
  return [message.text, ...(message.attachments ?? []).map(({ name }) => `[${name}]`)].filter((part) => part !== '').join(' ');
}

function describeResult(message: Extract<ModelMessage, { role: 'tool' }>): string {
  const { result, failed, tool } = message;
  if (failed) return `${tool} failed: ${asText(result)}`;
  const time = typeof result === 'object' && result !== null && 'time' in result ? result.time : undefined;
  return typeof time === 'string' ? `The time is ${time}` : `${tool}: ${asText(result)}`;
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Each word with the space after it; joined they are the text again. */
const inWords = (text: string): readonly string[] => text.match(/\s*\S+\s*/g) ?? [text];

function usage(request: ModelRequest, outputTokens: number) {
  let inputTokens = 0;
  for (const message of request.messages) inputTokens += message.role === 'tool' ? 1 : inWords(message.text).length;
  return { inputTokens, outputTokens };
}

function stopIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new GatewayError('RUN_ABORTED');
}
