/** The conversation as clients show it: one row for each entry of the transcript. */
import type { SessionState, TranscriptEntry } from '@openclaw-gateway/events';

type Content =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'toolCall'; readonly id: string; readonly name: string; readonly arguments: unknown };

export type DisplayMessage = {
  readonly role: 'user' | 'assistant' | 'toolResult';
  readonly content: readonly Content[];
  readonly timestamp: number;
  readonly [key: string]: unknown;
};

/** What a client called its requests: by message id and by run id. */
export type RequestNames = { readonly byMessage: ReadonlyMap<string, string>; readonly byRun: ReadonlyMap<string, string> };

export function assistantMessage(text: string, timestamp: number): DisplayMessage {
  return { role: 'assistant', content: [{ type: 'text', text }], timestamp };
}

/** One row. `seq` is its place in the conversation, from 1; texts over `maxChars` are cut and say so. */
export function displayMessage(state: SessionState, index: number, names: RequestNames, maxChars: number): DisplayMessage | undefined {
  const entry = state.transcript[index];
  if (!entry) return undefined;
  const { time: timestamp } = entry;
  const meta = { id: entryId(entry, index), seq: index + 1, kind: 'message' };
  switch (entry.role) {
    case 'user': {
      const idempotencyKey = entry.messageId === undefined ? undefined : names.byMessage.get(entry.messageId);
      const content = textContent(entry.text, maxChars);
      return { role: 'user', content, timestamp, __openclaw: idempotencyKey === undefined ? meta : { ...meta, idempotencyKey } };
    }
    case 'assistant': {
      const runId = entry.runId === undefined ? undefined : (names.byRun.get(entry.runId) ?? entry.runId);
      const calls = entry.toolCalls.map((call) => toolCall(call, maxChars));
      const content = [...(entry.text === '' ? [] : textContent(entry.text, maxChars)), ...calls];
      return { role: 'assistant', content, timestamp, __openclaw: runId === undefined ? meta : { ...meta, runId } };
    }
    case 'tool': {
      const { callId: toolCallId, tool: toolName, failed: isError } = entry;
      const text = typeof entry.result === 'string' ? entry.result : (JSON.stringify(entry.result) ?? '');
      const content = textContent(text, maxChars);
      return { role: 'toolResult', toolCallId, toolName, isError, content, timestamp, __openclaw: { ...meta, kind: 'tool' } };
    }
  }
}

function toolCall(call: { readonly callId: string; readonly tool: string; readonly arguments: unknown }, maxChars: number): Content {
  const size = (JSON.stringify(call.arguments) ?? '').length;
  return { type: 'toolCall', id: call.callId, name: call.tool, arguments: size <= maxChars ? call.arguments : { truncated: true } };
}

function textContent(text: string, maxChars: number): Content[] {
  return [{ type: 'text', text: text.length <= maxChars ? text : `${text.slice(0, maxChars)}\n…(truncated)…` }];
}

function entryId(entry: TranscriptEntry, index: number): string {
  if (entry.role === 'user' && entry.messageId !== undefined) return entry.messageId;
  return `${entry.position}.${index + 1}`;
}
