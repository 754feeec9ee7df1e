/** A request in the words of the provider SDK. */
import type {
  JSONValue,
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';
import type { ModelMessage, ModelRequest } from '@openclaw-gateway/sdk';
import { type Media, type MediaPart, NO_MEDIA } from './media.ts';
import type { ToolNames } from './tool-names.ts';

type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;
type AssistantMessage = Extract<ModelMessage, { role: 'assistant' }>;

/** What the SDK's `doStream` and `doGenerate` are called with. */
export function callOptions(
  request: ModelRequest,
  names: ToolNames,
  abortSignal: AbortSignal,
  media: Media = NO_MEDIA,
): LanguageModelV4CallOptions {
  return {
    prompt: toPrompt(request, names, media),
    abortSignal,
    ...(request.maxOutputTokens === undefined ? {} : { maxOutputTokens: request.maxOutputTokens }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.tools.length === 0 ? {} : { tools: request.tools.map((tool) => toFunctionTool(tool, names)) }),
  };
}

function toFunctionTool(tool: ModelRequest['tools'][number], names: ToolNames) {
  return { type: 'function' as const, name: names.toWire(tool.name), description: tool.description, inputSchema: { ...tool.parameters } };
}

function toPrompt(request: ModelRequest, names: ToolNames, media: Media): LanguageModelV4Prompt {
  const prompt: LanguageModelV4Prompt = request.system ? [{ role: 'system', content: request.system }] : [];
  let shown: MediaPart[] = [];
  /** Not every API takes pictures in a result, so what tools showed follows their results. */
  const addShown = () => {
    if (shown.length > 0) prompt.push({ role: 'user', content: shown });
    shown = [];
  };
  for (const [at, message] of request.messages.entries()) {
    if (message.role === 'tool') {
      addToolResult(prompt, message, names);
      const parts = media.get(at) ?? [];
      if (parts.length > 0) shown.push({ type: 'text', text: `[shown by ${message.tool}, call ${message.callId}]` }, ...parts);
      continue;
    }
    addShown();
    if (message.role === 'user') prompt.push({ role: 'user', content: toUserContent(message.text, media.get(at) ?? []) });
    else addAssistant(prompt, message, names);
  }
  addShown();
  return prompt;
}

/** Files before what is said of them. Providers refuse a text without anything in it. */
function toUserContent(text: string, media: readonly MediaPart[]): MediaPart[] {
  return text === '' && media.length > 0 ? [...media] : [...media, { type: 'text', text }];
}

function addAssistant(prompt: LanguageModelV4Prompt, message: AssistantMessage, names: ToolNames): void {
  const content: Extract<LanguageModelV4Message, { role: 'assistant' }>['content'] = [];
  if (message.text !== '') content.push({ type: 'text', text: message.text });
  for (const call of message.toolCalls) {
    content.push({ type: 'tool-call', toolCallId: call.callId, toolName: names.toWire(call.tool), input: call.arguments });
  }
  // Providers refuse a turn with nothing in it.
  if (content.length > 0) prompt.push({ role: 'assistant', content });
}

/** Results of one step belong into one message, as the calls they answer came in one. */
function addToolResult(prompt: LanguageModelV4Prompt, message: ToolMessage, names: ToolNames): void {
  const part: LanguageModelV4ToolResultPart = {
    type: 'tool-result',
    toolCallId: message.callId,
    toolName: names.toWire(message.tool),
    output: toOutput(message),
  };
  const previous = prompt.at(-1);
  if (previous?.role === 'tool') previous.content.push(part);
  else prompt.push({ role: 'tool', content: [part] });
}

function toOutput({ result, failed }: ToolMessage): LanguageModelV4ToolResultPart['output'] {
  if (typeof result === 'string') return { type: failed ? 'error-text' : 'text', value: result };
  const value = (result === undefined ? null : result) as JSONValue;
  return { type: failed ? 'error-json' : 'json', value };
}
