/**
 * Whether a conversation fits what a model can take, and what of it must be summed up if not. Pure.
 *
 * Tokens are never counted too low. What the model itself counted in its last answer is taken for everything up to there; what was said
 * since counts a token a byte, which no tokenizer exceeds. Where nothing was counted, or another model is asked, all bytes count.
 */
import { type Attachment, ERASED_TEXT, type SessionState, type TranscriptEntry } from '@openclaw-gateway/events';
import type { ToolSpec } from '@openclaw-gateway/sdk';
import { isShownText, MOST_TEXT_BYTES } from '../attachments/shown.ts';
import { shownText } from './agent.ts';

/** How much models can take, in tokens, where the configuration does not say; the first pattern that matches. */
const KNOWN: readonly (readonly [RegExp, number])[] = [
  [/^echo$/, 100_000_000],
  [/claude/, 200_000],
  [/gpt-4\.1|gemini/, 1_000_000],
  [/gpt-5/, 400_000],
  [/gpt-4o|gpt-4-turbo|o1-(mini|preview)/, 128_000],
  [/(^|\/)o[134]/, 200_000],
  [/gpt-3\.5/, 16_385],
  [/gpt-4/, 8_192],
];
const UNKNOWN = 32_768;

/** Of the tokens that are free for the conversation, so much is left to what was said last. */
const KEPT_SHARE = 0.3;
/** Around each entry a provider writes its role and the like. */
const ENTRY_TOKENS = 16;
const PICTURE_TOKENS = 5000;
const NAME_TOKENS = 400;
/** No text has fewer tokens than this share of its bytes, except a made-up one. */
const LEAST_SHARE = 1 / 8;

export function contextWindowOf(model: string, configured: number | undefined): number {
  return configured ?? knownWindow(model) ?? UNKNOWN;
}

/** Of a model that stands in for the agent's own: what is configured is said of that one. */
export function standInWindowOf(model: string, configured: number | undefined): number {
  return knownWindow(model) ?? Math.min(configured ?? UNKNOWN, UNKNOWN);
}

function knownWindow(model: string): number | undefined {
  return KNOWN.find(([pattern]) => pattern.test(model))?.[1];
}

export type Room = {
  readonly state: SessionState;
  /** As `provider/model`. */
  readonly model: string;
  readonly contextWindow: number;
  readonly maxOutputTokens: number;
  readonly system: string;
  readonly tools: readonly ToolSpec[];
};

export type Fit =
  | { readonly kind: 'fits' }
  /** Everything before the entry `cut` should be summed up. */
  | { readonly kind: 'compact'; readonly cut: number; readonly tokens: number }
  /** What cannot be left out has at least so many tokens, and that is too much. */
  | { readonly kind: 'too_long'; readonly tokens: number };

/** The entries that the model is shown, from `state.compacted` on. */
export function shownFrom({ compacted }: SessionState): number {
  return compacted?.from ?? 0;
}

/** `room.state` holds the question already. */
export function fit(room: Room): Fit {
  const { state } = room;
  const free = freeFor(room);
  const tokens = mostTokens(room);
  if (tokens <= free) return { kind: 'fits' };
  const cut = cutOf(state, free * KEPT_SHARE);
  if (cut > shownFrom(state)) return { kind: 'compact', cut, tokens };
  const least = Math.ceil(bytesBetween(state.transcript, shownFrom(state)) * LEAST_SHARE);
  return least > free ? { kind: 'too_long', tokens: least } : { kind: 'fits' };
}

/** What is left for the conversation itself. */
export function freeFor({ contextWindow, maxOutputTokens, system, tools }: Room): number {
  return contextWindow - Math.min(maxOutputTokens, contextWindow / 2) - bytesOf(system) - bytesOf(tools);
}

/** The conversation has at most so many tokens. */
export function mostTokens({ state, model }: Pick<Room, 'state' | 'model'>): number {
  const { measured, transcript, compacted } = state;
  const from = shownFrom(state);
  const counted =
    measured?.model === model ? Math.max(measured.tokens, LEAST_SHARE * bytesBetween(transcript, from, measured.at)) : undefined;
  if (measured && counted !== undefined) return Math.ceil(counted) + bytesBetween(transcript, measured.at);
  return bytesOf(compacted?.summary ?? '') + bytesBetween(transcript, from);
}

/**
 * Where the part begins that stays: at a question, so that no tool call is parted from its result; never after the question that is
 * being answered; and so that it has about as many bytes as there may be.
 */
function cutOf({ transcript }: SessionState, keep: number): number {
  let cut = transcript.findLastIndex((entry) => entry.role === 'user');
  let bytes = bytesBetween(transcript, cut);
  for (let index = cut - 1; index >= 0; index--) {
    const entry = transcript[index] as TranscriptEntry;
    bytes += entryBytes(entry);
    if (bytes > keep) break;
    if (entry.role === 'user') cut = index;
  }
  return cut;
}

export function bytesBetween(transcript: readonly TranscriptEntry[], from: number, to = transcript.length): number {
  let bytes = 0;
  for (let index = Math.max(0, from); index < to; index++) bytes += entryBytes(transcript[index] as TranscriptEntry);
  return bytes;
}

function entryBytes(entry: TranscriptEntry): number {
  if (entry.role === 'tool') return ENTRY_TOKENS + bytesOf(entry.result) + fileTokens(entry.attachments);
  if (entry.text === ERASED_TEXT) return 0;
  if (entry.role === 'user') return ENTRY_TOKENS + bytesOf(shownText(entry)) + fileTokens(entry.attachments);
  return ENTRY_TOKENS + bytesOf(entry.text) + bytesOf(entry.toolCalls);
}

/** What files take at most: a picture what the models with the best eyes take, a text what is shown of it, any other its name. */
export function fileTokens(attachments: readonly Attachment[] = []): number {
  let tokens = 0;
  for (const { mimeType, size } of attachments) {
    if (mimeType.startsWith('image/')) tokens += PICTURE_TOKENS;
    else if (isShownText(mimeType)) tokens += Math.min(size, MOST_TEXT_BYTES);
    tokens += NAME_TOKENS;
  }
  return tokens;
}

export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value) && value.length === 0) return 0;
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}
