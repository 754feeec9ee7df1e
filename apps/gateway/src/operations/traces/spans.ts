/**
 * Events into spans, by OpenTelemetry's conventions for generative AI (as of semantic-conventions-genai, Development): one trace a message,
 * whose id is the message's id in hexadecimal. What is open is bounded, and so is every attribute.
 */
import {
  AuthAccepted,
  AuthDenied,
  type DataOf,
  DeliveryAttempted,
  DeliveryFailed,
  DeliverySucceeded,
  DeliveryUncertain,
  idToBytes,
  isId,
  MessageQueued,
  MessageReceived,
  ModelFailed,
  ModelRequested,
  ModelResponded,
  RouteDecided,
  RunAborted,
  RunCompleted,
  RunFailed,
  RunStarted,
  RunStopped,
  SessionCompacted,
  SessionCompactionRequested,
  type StoredEvent,
  TERMINAL_MESSAGE_EVENTS,
  ToolCompleted,
  ToolDenied,
  ToolFailed,
  ToolRequested,
  ToolStarted,
} from '@openclaw-gateway/events';
import { type Span, SpanKind, SpanStatusCode, type Tracer } from './tracer.ts';

const MAX_OPEN = 5_000;
const TERMINAL: ReadonlySet<string> = new Set(TERMINAL_MESSAGE_EVENTS.map(({ type }) => type));

/** Names of providers as the conventions write them, where they differ from ours. */
const PROVIDERS: Readonly<Record<string, string>> = {
  azure: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
  google: 'gcp.gemini',
  mistral: 'mistral_ai',
  moonshot: 'moonshot_ai',
  xai: 'x_ai',
};

type OpenTrace = {
  readonly root: Span;
  readonly channel: string;
  agent?: Span;
  chat?: Span;
  delivery?: Span;
  readonly tools: Map<string, Span>;
  /** Only where content is captured. */
  question?: string;
  readonly toolArguments: Map<string, unknown>;
};

type Problem = { readonly code: string; readonly message: string };

export class MessageSpans {
  readonly #tracer: Tracer;
  readonly #captureContent: boolean;
  readonly #open = new Map<string, OpenTrace>();

  constructor(tracer: Tracer, captureContent: boolean) {
    this.#tracer = tracer;
    this.#captureContent = captureContent;
  }

  add(event: StoredEvent): void {
    const { correlationId } = event.metadata;
    if (correlationId === undefined || !isId('message', correlationId)) return;
    const open = this.#open.get(correlationId) ?? this.#begin(correlationId, event);
    const handle = HANDLERS[event.type.slice(0, event.type.indexOf('.'))];
    handle?.(this.#tracer, open, event, this.#captureContent);
    if (TERMINAL.has(event.type)) this.#end(correlationId, open, event.time);
  }

  /** Ends what is open: nobody will know how it ended. */
  close(): void {
    for (const [messageId, open] of this.#open) this.#end(messageId, open, Date.now());
  }

  /** A message that an earlier process took in begins where this one goes on with it. */
  #begin(messageId: string, event: StoredEvent): OpenTrace {
    const channel = event.metadata.channel ?? 'none';
    const root = this.#tracer.begin(
      `message ${channel}`,
      {
        kind: SpanKind.CONSUMER,
        startTime: new Date(event.time),
        attributes: {
          'messaging.system': channel,
          'messaging.operation.name': 'process',
          'messaging.message.id': messageId,
          ...(!MessageReceived.is(event) && { 'openclaw.resumed': true }),
        },
      },
      { traceId: Buffer.from(idToBytes('message', messageId)).toString('hex'), traceparent: event.metadata.traceparent },
    );
    const open: OpenTrace = { root, channel, tools: new Map(), toolArguments: new Map() };
    this.#open.set(messageId, open);
    const [oldest] = this.#open.size > MAX_OPEN ? this.#open : [];
    if (oldest) this.#end(...oldest, event.time);
    return open;
  }

  #end(messageId: string, open: OpenTrace, time: number): void {
    this.#open.delete(messageId);
    for (const span of [...open.tools.values(), open.chat, open.agent, open.delivery, open.root]) span?.end(new Date(time));
  }
}

type Handler = (tracer: Tracer, open: OpenTrace, event: StoredEvent, captureContent: boolean) => void;

const HANDLERS: Readonly<Record<string, Handler>> = {
  message: onMessage,
  auth: onAuth,
  route: onRoute,
  run: onRun,
  model: onModel,
  session: onModel,
  tool: onTool,
  delivery: onDelivery,
};

function onMessage(tracer: Tracer, open: OpenTrace, event: StoredEvent, captureContent: boolean): void {
  if (MessageReceived.is(event)) {
    open.root.setAttribute('messaging.destination.name', event.data.account);
    if (captureContent) open.question = event.data.text;
    instant(tracer, open.root, `receive ${open.channel}`, event.time);
  } else if (MessageQueued.is(event)) {
    open.root.setAttributes({ 'gen_ai.conversation.id': event.data.sessionId, 'gen_ai.agent.name': event.data.agentId });
  } else if (TERMINAL.has(event.type)) {
    open.root.setAttribute('openclaw.message.status', event.type.slice('message.'.length));
    const { problem } = event.data as { readonly problem?: Problem };
    if (problem) markFailed(open.root, problem);
  }
}

function onAuth(tracer: Tracer, open: OpenTrace, event: StoredEvent): void {
  if (!AuthAccepted.is(event) && !AuthDenied.is(event)) return;
  const { rule, method } = event.data;
  const span = tracer.child(open.root, 'admit', {
    startTime: new Date(event.time),
    attributes: { 'openclaw.admit.rule': rule, 'openclaw.admit.method': method },
  });
  if (AuthDenied.is(event)) markFailed(span, event.data.problem);
  span.end(new Date(event.time));
}

function onRoute(tracer: Tracer, open: OpenTrace, event: StoredEvent): void {
  if (!RouteDecided.is(event)) return;
  const { winner, agentId, durationUs } = event.data;
  const span = tracer.child(open.root, 'route', {
    startTime: new Date(event.time - durationUs / 1000),
    attributes: { 'openclaw.route.rule': winner ?? 'none', ...(agentId !== undefined && { 'gen_ai.agent.name': agentId }) },
  });
  span.end(new Date(event.time));
}

function onRun(tracer: Tracer, open: OpenTrace, event: StoredEvent, captureContent: boolean): void {
  if (RunStarted.is(event)) {
    const { agentId, queuedMs, attempt } = event.data;
    tracer.child(open.root, 'queue', { startTime: new Date(event.time - queuedMs) }).end(new Date(event.time));
    open.agent?.end(new Date(event.time));
    open.agent = tracer.child(open.root, `invoke_agent ${agentId}`, {
      kind: SpanKind.INTERNAL,
      startTime: new Date(event.time),
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.id': agentId,
        'gen_ai.agent.name': agentId,
        'openclaw.run.attempt': attempt,
        ...(event.metadata.sessionId !== undefined && { 'gen_ai.conversation.id': event.metadata.sessionId }),
        ...(captureContent && open.question !== undefined && { 'gen_ai.input.messages': messages('user', open.question) }),
      },
    });
    return;
  }
  const { agent } = open;
  if (!agent) return;
  if (RunCompleted.is(event) || RunStopped.is(event)) agent.setAttributes(usageOf(event.data.usage));
  else if (RunFailed.is(event)) markFailed(agent, event.data.problem);
  else if (RunAborted.is(event)) agent.setAttributes({ 'error.type': 'RUN_ABORTED' });
  agent.end(new Date(event.time));
  delete open.agent;
}

function onModel(tracer: Tracer, open: OpenTrace, event: StoredEvent, captureContent: boolean): void {
  if (ModelRequested.is(event) || SessionCompactionRequested.is(event)) {
    const { provider, model } = event.data;
    const names = { 'gen_ai.provider.name': PROVIDERS[provider] ?? provider, 'gen_ai.request.model': model };
    open.agent?.setAttributes(names);
    open.chat?.end(new Date(event.time));
    open.chat = tracer.child(open.agent ?? open.root, `chat ${model}`, {
      kind: SpanKind.CLIENT,
      startTime: new Date(event.time),
      attributes: {
        'gen_ai.operation.name': 'chat',
        ...names,
        ...(event.metadata.sessionId !== undefined && { 'gen_ai.conversation.id': event.metadata.sessionId }),
      },
    });
    return;
  }
  const { chat } = open;
  if (!chat) return;
  if (ModelResponded.is(event)) {
    const { usage, finishReason, responseModel, firstTokenMs, text, toolCalls } = event.data;
    chat.setAttributes({
      ...usageOf(usage),
      'gen_ai.response.finish_reasons': [finishReason],
      ...(responseModel !== undefined && { 'gen_ai.response.model': responseModel }),
      ...(firstTokenMs !== undefined && { 'gen_ai.response.time_to_first_chunk': firstTokenMs / 1000 }),
      ...(captureContent && { 'gen_ai.output.messages': messages('assistant', text, toolCalls) }),
    });
  } else if (SessionCompacted.is(event)) chat.setAttributes(usageOf(event.data.usage));
  else if (ModelFailed.is(event)) markFailed(chat, event.data.problem);
  else return;
  chat.end(new Date(event.time));
  delete open.chat;
}

function onTool(tracer: Tracer, open: OpenTrace, event: StoredEvent, captureContent: boolean): void {
  if (ToolRequested.is(event)) {
    if (captureContent) open.toolArguments.set(event.data.callId, event.data.arguments);
  } else if (ToolStarted.is(event)) {
    open.tools.set(event.data.callId, toolSpan(tracer, open, event.data, event.time));
  } else if (ToolDenied.is(event)) {
    const span = toolSpan(tracer, open, event.data, event.time);
    markFailed(span, event.data.problem);
    span.end(new Date(event.time));
  } else if (ToolCompleted.is(event) || ToolFailed.is(event)) {
    const { callId } = event.data;
    const span = open.tools.get(callId) ?? toolSpan(tracer, open, event.data, event.time);
    if (ToolFailed.is(event)) markFailed(span, event.data.problem);
    else if (captureContent) span.setAttribute('gen_ai.tool.call.result', JSON.stringify(event.data.result) ?? '');
    span.end(new Date(event.time));
    open.tools.delete(callId);
  }
}

function toolSpan(
  tracer: Tracer,
  open: OpenTrace,
  { tool, callId }: { readonly tool: string; readonly callId: string },
  time: number,
): Span {
  const args = open.toolArguments.get(callId);
  open.toolArguments.delete(callId);
  return tracer.child(open.agent ?? open.root, `execute_tool ${tool}`, {
    kind: SpanKind.INTERNAL,
    startTime: new Date(time),
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': callId,
      ...(args !== undefined && { 'gen_ai.tool.call.arguments': JSON.stringify(args) }),
    },
  });
}

function onDelivery(tracer: Tracer, open: OpenTrace, event: StoredEvent): void {
  if (DeliveryAttempted.is(event)) {
    open.delivery?.end(new Date(event.time));
    open.delivery = tracer.child(open.root, `deliver ${open.channel}`, {
      kind: SpanKind.PRODUCER,
      startTime: new Date(event.time),
      attributes: {
        'messaging.system': open.channel,
        'messaging.operation.name': 'send',
        'openclaw.delivery.attempt': event.data.attempt,
      },
    });
    return;
  }
  const { delivery } = open;
  if (!delivery || !(DeliverySucceeded.is(event) || DeliveryFailed.is(event) || DeliveryUncertain.is(event))) return;
  if (DeliveryFailed.is(event)) markFailed(delivery, event.data.problem);
  else if (DeliveryUncertain.is(event)) delivery.setAttribute('error.type', 'DELIVERY_UNCERTAIN');
  delivery.end(new Date(event.time));
  delete open.delivery;
}

function instant(tracer: Tracer, parent: Span, name: string, time: number): void {
  tracer.child(parent, name, { startTime: new Date(time) }).end(new Date(time));
}

function markFailed(span: Span, { code, message }: Problem): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

function usageOf({ inputTokens, outputTokens, cachedInputTokens, costUsd }: DataOf<typeof ModelResponded>['usage']) {
  return {
    'gen_ai.usage.input_tokens': inputTokens,
    'gen_ai.usage.output_tokens': outputTokens,
    ...(cachedInputTokens !== undefined && { 'gen_ai.usage.cache_read.input_tokens': cachedInputTokens }),
    ...(costUsd !== undefined && { 'openclaw.cost.usd': costUsd }),
  };
}

type Call = { readonly callId: string; readonly tool: string; readonly arguments?: unknown };

/** Messages in the conventions' schema of roles and parts. */
function messages(role: 'user' | 'assistant', text: string, toolCalls: readonly Call[] = []): string {
  const parts = [
    ...(text === '' ? [] : [{ type: 'text', content: text }]),
    ...toolCalls.map(({ callId, tool, arguments: args }) => ({ type: 'tool_call', id: callId, name: tool, arguments: args })),
  ];
  return JSON.stringify([{ role, parts }]);
}
