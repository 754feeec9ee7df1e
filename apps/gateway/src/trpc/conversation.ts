import type { MessageJourney, ViewQueries } from '@openclaw-gateway/db';
import type { SessionState, TranscriptEntry } from '@openclaw-gateway/events';
import { z } from 'zod';
import { message } from './rows.ts';
import { cut } from './wire.ts';

const TEXT_CHARS = 8_192;
const TOOL_CHARS = 1_024;

const toolCall = z.object({
  callId: z.string(),
  tool: z.string(),
  arguments: z.string(),
  result: z.string().optional(),
  failed: z.boolean(),
  position: z.number(),
});

/** One message, what the agent did about it, and the reply. Long texts are cut; the events hold them whole. */
export const turn = message.extend({
  textTruncated: z.boolean(),
  replyTruncated: z.boolean(),
  tools: z.array(toolCall),
});

type ToolCall = z.output<typeof toolCall>;

export type ConversationPage = Pick<SessionState, 'quarantine'> & { readonly turns: z.output<typeof turn>[]; readonly next?: number };

/** A page of a session's conversation, the newest page first, each page in the order things were said; empty for a session that is not. */
export async function readConversation(
  views: ViewQueries,
  sessionId: string,
  page: { readonly before?: number; readonly limit: number },
): Promise<ConversationPage> {
  const [state, journeys] = await Promise.all([views.sessionState(sessionId), views.messages({ sessionId }, page)]);
  const turns = conversation(journeys.rows, state.transcript);
  const { quarantine } = state;
  return { turns, ...(quarantine && { quarantine }), ...(journeys.next === undefined ? {} : { next: journeys.next }) };
}

/** The journeys in the order they came, each with the tool calls that the transcript shows after its text. */
export function conversation(journeys: readonly MessageJourney[], transcript: readonly TranscriptEntry[]): z.output<typeof turn>[] {
  const toolsByMessage = toolCalls(transcript);
  return journeys
    .toSorted((a, b) => a.position - b.position)
    .map((journey) => {
      const text = cut(journey.text, TEXT_CHARS);
      const reply = cut(journey.reply ?? '', TEXT_CHARS);
      return {
        ...journey,
        text: text.text,
        textTruncated: text.truncated,
        ...(journey.reply === undefined ? {} : { reply: reply.text }),
        replyTruncated: reply.truncated,
        tools: toolsByMessage.get(journey.messageId) ?? [],
      };
    });
}

function toolCalls(transcript: readonly TranscriptEntry[]): Map<string, ToolCall[]> {
  const byMessage = new Map<string, ToolCall[]>();
  let calls: ToolCall[] = [];
  for (const entry of transcript) {
    if (entry.role === 'user') {
      calls = [];
      if (entry.messageId !== undefined) byMessage.set(entry.messageId, calls);
    } else if (entry.role === 'assistant') {
      calls.push(
        ...entry.toolCalls.map(({ callId, tool, arguments: args }) => ({
          callId,
          tool,
          arguments: show(args),
          failed: false,
          position: entry.position,
        })),
      );
    } else {
      const call = calls.find((candidate) => candidate.callId === entry.callId);
      if (call) Object.assign(call, { result: show(entry.result), failed: entry.failed });
    }
  }
  return byMessage;
}

function show(value: unknown): string {
  return cut(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), TOOL_CHARS).text;
}
