import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import type { Submission } from '../../parts.ts';
import { parse } from '../validate.ts';
import { type Content, content, hasTooManyImages, saidEarlier, TOO_MANY_IMAGES } from './content.ts';

const ROLES = ['system', 'developer', 'user', 'assistant'] as const;
const message = z.object(
  {
    role: z.enum(ROLES, { error: '"system", "developer", "user" or "assistant"; tools are called by the gateway' }),
    content: content.nullish(),
  },
  { error: '{ role, content }' },
);

const none = (what: string) => z.array(z.unknown(), { error: 'a list' }).max(0, { error: what });
const body = z.object(
  {
    model: z.string({ error: 'a model such as "openclaw/default"' }).min(1).max(200),
    messages: z.array(message, { error: 'a list of messages' }).min(1, { error: 'at least one message' }).max(10_000),
    stream: z.boolean({ error: 'true or false' }).nullish(),
    stream_options: z.object({ include_usage: z.boolean({ error: 'true or false' }).nullish() }).nullish(),
    user: z.string({ error: 'a text' }).max(400, { error: 'at most 400 characters' }).nullish(),
    n: z.literal(1, { error: '1: the gateway gives one answer' }).nullish(),
    tools: none('no tools: the agent has tools of its own').nullish(),
    functions: none('no functions: the agent has tools of its own').nullish(),
  },
  { error: 'an object' },
);

export type ChatRequest = {
  /** As the client named it: answers repeat it. */
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** The message has a session of its own, which nobody can come back to. */
  readonly stateless: boolean;
  readonly submission: Omit<Submission, 'caller'>;
};

/** A chat completion request as a message to an agent. Throws `BAD_REQUEST` with the faulty parameter, `AGENT_NOT_FOUND`. */
export function readChatRequest(input: unknown, headers: IncomingHttpHeaders, hasAgent: (agent: string) => boolean): ChatRequest {
  const request = parseParameters(input);
  const agent = header(headers, 'x-openclaw-agent-id') ?? agentOfModel(request.model);
  if (agent === undefined || !hasAgent(agent)) throw unknownModel(agent === undefined ? request.model : `openclaw/${agent}`);

  const turns = request.messages.filter(({ role }) => role === 'user' || role === 'assistant');
  const last = turns.at(-1);
  const { text, images } = (last?.role === 'user' && last.content) || NOTHING;
  if (text === '' && images.length === 0)
    throw badParameter('messages', 'messages: expected a text or an image of the user as the last message');
  if (request.messages.some(({ role, content: said }) => role !== 'user' && said && said.images.length > 0))
    throw badParameter('messages', 'messages: expected images in messages of the user alone');
  if (hasTooManyImages({ text, images })) throw badParameter('messages', `messages: expected ${TOO_MANY_IMAGES} in the last message`);

  const { key, stateless } = sessionOf(headers, request.user);
  const sender = request.user || 'v1';
  const idempotencyKey = header(headers, 'idempotency-key');
  return {
    model: request.model,
    stream: request.stream === true,
    includeUsage: request.stream_options?.include_usage === true,
    stateless,
    submission: {
      channel: 'v1',
      account: 'default',
      inbound: {
        sender: { id: sender },
        peer: { kind: 'direct', id: sender },
        text,
        ...(images.length > 0 && { attachments: images }),
        ...(idempotencyKey === undefined ? {} : { externalId: idempotencyKey }),
      },
      sessionKey: key,
      ...(agent === 'default' ? {} : { agentId: agent }),
      ...(stateless ? earlierTurns(request.messages, turns.slice(0, -1)) : {}),
    },
  };
}

/** The agent that a model name means: `openclaw`, `openclaw/<agent>` or `openclaw:<agent>`. */
export function agentOfModel(model: string): string | undefined {
  if (model === 'openclaw') return 'default';
  return /^openclaw[/:](.+)$/.exec(model)?.[1];
}

export function unknownModel(model: string): GatewayError {
  return new GatewayError('AGENT_NOT_FOUND', {
    message: `The model ${JSON.stringify(model)} does not exist.`,
    details: { param: 'model', openAiCode: 'model_not_found' },
  });
}

type Message = z.output<typeof message>;
const NOTHING: Content = { text: '', images: [] };

/** What a client without a session sends along each time. A session has this in its own transcript. */
function earlierTurns(messages: readonly Message[], turns: readonly Message[]): Pick<Submission, 'system' | 'history'> {
  const system = messages.filter(({ role }) => role === 'system' || role === 'developer').map((entry) => entry.content?.text ?? '');
  const history = turns.map((turn) => ({
    role: turn.role === 'user' ? ('user' as const) : ('assistant' as const),
    text: saidEarlier(turn.content ?? NOTHING),
  }));
  return { history, ...(system.length === 0 ? {} : { system: system.join('\n\n') }) };
}

function sessionOf(headers: IncomingHttpHeaders, user: string | null | undefined): { readonly key: string; readonly stateless: boolean } {
  const key = header(headers, 'x-openclaw-session-key');
  if (key !== undefined) return { key, stateless: false };
  if (user) return { key: `openai-user:${user}`, stateless: false };
  return { key: `openai:${randomUUID()}`, stateless: true };
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  if (typeof value !== 'string' || value === '') return undefined;
  if (value.length > 400) throw badParameter(name, `${name}: expected at most 400 characters`);
  return value;
}

function parseParameters(input: unknown): z.output<typeof body> {
  try {
    return parse(body, input);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const [first] = (error.details?.['fields'] ?? []) as readonly { readonly field: string }[];
    throw badParameter(first?.field ?? 'body', error.message);
  }
}

function badParameter(param: string, message: string): GatewayError {
  return new GatewayError('BAD_REQUEST', { message, details: { param, openAiCode: 'invalid_value' } });
}
