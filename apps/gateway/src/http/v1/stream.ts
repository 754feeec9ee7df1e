import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Outcome, Parts, Progress } from '../../parts.ts';
import { normalise, openAiBody } from '../errors.ts';
import { completionId, textOf, type Usage, usageOf } from './completion.ts';
import type { ChatRequest } from './request.ts';

/** Until then a failure can still be told by the status of the answer; from then on the client must see life. */
const SILENCE_MS = 10_000;
/** A client that does not read this much of its answer is cut off. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

type Answer = Exclude<Outcome, { readonly error: unknown }>;
type Streaming = {
  readonly parts: Parts;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly chat: ChatRequest;
  readonly messageId: string;
  readonly outcome: Promise<Answer>;
};

/** Answers with server-sent events in OpenAI's shape. What fails before the first of them throws. */
export async function streamCompletion(streaming: Streaming): Promise<FastifyReply> {
  const { parts, request, reply, messageId } = streaming;
  const events = createEvents(streaming);
  const unfollow = parts.pipeline.follow(messageId, (progress) => events.follow(progress));
  const silence = setInterval(() => events.keepAlive(), SILENCE_MS);
  try {
    const answer = await streaming.outcome;
    events.finish(textOf(answer), usageOf(answer));
  } catch (error) {
    if (!events.begun()) throw error;
    events.fail(openAiBody(normalise(error, request)));
  } finally {
    unfollow();
    clearInterval(silence);
  }
  return reply;
}

function createEvents({ reply, chat, messageId }: Streaming) {
  const { raw } = reply;
  const base = JSON.stringify({
    id: completionId(messageId),
    object: 'chat.completion.chunk',
    created: Math.floor(Date.now() / 1000),
    model: chat.model,
    ...(chat.includeUsage ? { usage: null } : {}),
  }).slice(0, -1);
  let begun = false;
  let streamed = '';
  let interrupted = false;

  function begin(): void {
    if (begun) return;
    begun = true;
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    write(chunk('{"role":"assistant","content":"","refusal":null}', 'null'));
  }

  function write(text: string): void {
    if (raw.destroyed) return;
    raw.write(text);
    if (raw.writableLength > MAX_UNREAD_BYTES) raw.destroy();
  }

  function chunk(delta: string, finishReason: string): string {
    return `data: ${base},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finishReason}}]}\n\n`;
  }

  function add(text: string): void {
    if (text === '') return;
    begin();
    streamed += text;
    write(chunk(`{"content":${JSON.stringify(text)}}`, 'null'));
  }

  return {
    begun: () => begun,
    follow(progress: Progress): void {
      if (progress.type === 'reset') interrupted = streamed !== '';
      if (progress.type !== 'delta') return;
      // What was sent cannot be taken back: what replaces it begins on a line of its own.
      if (interrupted) add('\n\n');
      if (interrupted) streamed = '';
      interrupted = false;
      add(progress.text);
    },
    keepAlive(): void {
      begin();
      write(': waiting\n\n');
    },
    finish(text: string, usage: Usage): void {
      begin();
      if (interrupted) streamed = '';
      if (text.startsWith(streamed)) add(text.slice(streamed.length));
      write(chunk('{}', '"stop"'));
      if (chat.includeUsage) write(`data: ${base.replace('"usage":null', `"usage":${JSON.stringify(usage)}`)},"choices":[]}\n\n`);
      raw.end('data: [DONE]\n\n');
    },
    fail(error: object): void {
      raw.end(`data: ${JSON.stringify({ error })}\n\n`);
    },
  };
}
