/** The part of OpenAI's API that OpenAI's own clients need to talk to an agent. */
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../config/index.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { sendOpenAiError } from '../errors.ts';
import { HISTORY_BODY_LIMIT_BYTES } from '../limits.ts';
import { settledOutcome, submit } from '../submit.ts';
import { cancelWhenGone } from '../v1/cancel.ts';
import { completion } from '../v1/completion.ts';
import { agentOfModel, readChatRequest, unknownModel } from '../v1/request.ts';
import { streamCompletion } from '../v1/stream.ts';

/** Longer than any run with its retries; a client that waits this long gave up long ago. */
const MAX_WAIT_MS = 60 * 60_000;

export function v1Routes(app: FastifyInstance, parts: Parts): void {
  app.setErrorHandler((error, request, reply) => sendOpenAiError(error, request, reply));
  const config = () => parts.config.current().config;

  app.get('/v1/models', async () => ({
    object: 'list',
    data: ['default', ...Object.keys(config().agents.entries)].map((agent) => modelObject(agent, parts)),
  }));

  app.get<{ Params: { '*': string } }>('/v1/models/*', async (request) => {
    const agent = agentOfModel(request.params['*']);
    if (agent === undefined || !hasAgent(config(), agent)) throw unknownModel(request.params['*']);
    return modelObject(agent, parts);
  });

  app.post('/v1/chat/completions', { bodyLimit: HISTORY_BODY_LIMIT_BYTES }, async (request, reply) => {
    const chat = readChatRequest(request.body, request.headers, (agent) => hasAgent(config(), agent));
    const received = await submit(parts, { ...chat.submission, caller: callerOf(request) }, request);
    const { messageId, sessionId, sessionKey } = received;
    reply.header('x-openclaw-message-id', messageId);
    reply.header('x-openclaw-session-id', sessionId);
    reply.header('x-openclaw-session-key', encodeURI(sessionKey));
    const gone = cancelWhenGone(parts, reply, received, chat.stateless);
    const outcome = settledOutcome(parts, messageId, { timeoutMs: MAX_WAIT_MS, signal: gone });
    if (chat.stream) return await streamCompletion({ parts, request, reply, chat, messageId, outcome });
    return completion(chat.model, messageId, await outcome);
  });
}

function hasAgent(config: Config, agent: string): boolean {
  return agent === 'default' || Object.hasOwn(config.agents.entries, agent);
}

function modelObject(agent: string, parts: Parts) {
  return { id: `openclaw/${agent}`, object: 'model', created: Math.floor(parts.startedAt / 1000), owned_by: 'openclaw' };
}
