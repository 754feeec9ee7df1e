import { createHash } from 'node:crypto';
import { type Attachment, ERASED_TEXT, type OpenMessage, type SessionState, type TranscriptEntry } from '@openclaw-gateway/events';
import type { ModelAttachment, ModelMessage, ModelRequest, ToolSpec } from '@openclaw-gateway/sdk';
import type { Config } from '../config/index.ts';

/** An agent's settings, and the layer its model came from. */
export type AgentSettings = Config['agents']['defaults'] & { readonly modelFrom: 'agent' | 'defaults' | 'built-in' };

const BUILT_IN_MODEL = 'echo/echo';

export function agentSettings(config: Config, agentId: string): AgentSettings {
  const { defaults, entries } = config.agents;
  const settings = entries[agentId] ?? defaults;
  if (settings.model !== defaults.model) return { ...settings, modelFrom: 'agent' };
  return { ...settings, modelFrom: defaults.model === BUILT_IN_MODEL ? 'built-in' : 'defaults' };
}

export function agentIds(config: Config): string[] {
  return Object.keys(config.agents.entries);
}

export function defaultAgentId(config: Config): string {
  const chosen = Object.entries(config.agents.entries).find(([, entry]) => entry.default);
  return chosen?.[0] ?? 'main';
}

/**
 * What a model is asked: system prompt, conversation, tools. Before its first run a message is not in the transcript
 * yet, so it is put at the end here just as `run.started` will put it there.
 */
export function buildRequest(
  settings: AgentSettings,
  model: string,
  tools: readonly ToolSpec[],
  state: SessionState,
  { attempts, received, joined }: Pick<OpenMessage, 'attempts' | 'received' | 'joined'>,
): ModelRequest {
  const { compacted, transcript } = state;
  const messages = readable(compacted ? transcript.slice(compacted.from) : transcript).map(toModelMessage);
  if (compacted) messages.unshift(...summaryMessage(compacted.summary));
  if (attempts === 0) {
    for (const said of received.history ?? []) {
      messages.push(said.role === 'user' ? { role: 'user', text: said.text } : { role: 'assistant', text: said.text, toolCalls: [] });
    }
    for (const { text, attachments } of [received, ...joined.map((other) => other.received)]) {
      messages.push({ role: 'user', text, ...shownFiles(attachments) });
    }
  }
  const system = systemOf(settings, received.system);
  return {
    model,
    messages,
    tools,
    maxOutputTokens: settings.maxOutputTokens,
    ...(system === '' ? {} : { system }),
    ...(settings.temperature === undefined ? {} : { temperature: settings.temperature }),
  };
}

/** What the model is told before the conversation: the agent's instructions and those that came with the message. */
export function systemOf({ systemPrompt }: Pick<AgentSettings, 'systemPrompt'>, ofMessage: string | undefined): string {
  return [systemPrompt, ofMessage].filter((part) => part !== undefined && part !== '').join('\n\n');
}

function summaryMessage(summary: string): ModelMessage[] {
  if (summary === '' || summary === ERASED_TEXT) return [];
  return [{ role: 'user', text: `Summary of our conversation so far, in place of what was said:\n${summary}` }];
}

/** Without what was erased: a placeholder would only be talked about, and a result whose call is gone would be refused. */
function readable(transcript: readonly TranscriptEntry[]): readonly TranscriptEntry[] {
  const gone = transcript.some((entry) => entry.role !== 'tool' && entry.text === ERASED_TEXT);
  if (!gone) return transcript;
  const kept = transcript.filter((entry) => entry.role === 'tool' || entry.text !== ERASED_TEXT);
  const calls = new Set(kept.flatMap((entry) => (entry.role === 'assistant' ? entry.toolCalls.map((call) => call.callId) : [])));
  return kept.filter((entry) => entry.role !== 'tool' || calls.has(entry.callId));
}

/** A question as the model is shown it. */
export function shownText({ text, change }: Extract<TranscriptEntry, { role: 'user' }>): string {
  if (change?.kind === 'deleted') return '[The sender deleted this message.]';
  if (change === undefined || change.text === ERASED_TEXT) return text;
  return `${text}\n\n[The sender changed this message later. It now says:]\n${change.text}`;
}

/** Names a request for the record: equal requests have equal hashes. */
export function requestHash(request: ModelRequest): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}

function toModelMessage(entry: TranscriptEntry): ModelMessage {
  if (entry.role === 'user') return { role: 'user', text: shownText(entry), ...shownFiles(entry.attachments) };
  if (entry.role === 'assistant') return { role: 'assistant', text: entry.text, toolCalls: entry.toolCalls };
  const { callId, tool, result, failed, attachments } = entry;
  return { role: 'tool', callId, tool, result, failed, ...shownFiles(attachments) };
}

/** What names a file to a model. What was erased of it is not spoken of. */
function shownFiles(attachments: readonly Attachment[] = []): { readonly attachments?: readonly ModelAttachment[] } {
  const there = attachments.filter(({ name }) => name !== ERASED_TEXT);
  if (there.length === 0) return {};
  return { attachments: there.map(({ name, mimeType, size, hash }) => ({ name, mimeType, size, ...(hash !== undefined && { hash }) })) };
}
