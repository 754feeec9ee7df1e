/** A conversation event by event: its state at one of them, and what each of the next ones made of it. */
import { Session, type SessionState, type TranscriptEntry } from '@openclaw-gateway/events';
import { diff, type PatchOperation } from '@openclaw-gateway/events/json-patch';
import type { Moment } from './moment.ts';
import type { HistoryReader } from './reader.ts';
import { type SessionSnapshot, sessionAt, snapshotOf } from './session-at.ts';

export type SessionSteps = {
  readonly at: Moment;
  readonly state: SessionSnapshot;
  /** Entries of the conversation before those that are shown: of a long one only the newest are. */
  readonly earlierEntries: number;
  /** In their order; each turns the state before it into the one after its event. */
  readonly steps: readonly { readonly position: number; readonly patch: readonly PatchOperation[] }[];
};

const SHOWN_ENTRIES = 200;
const TEXT_CHARS = 4096;

/** The state at a moment and what the next `count` events of the conversation changed. Throws SESSION_NOT_FOUND when it had not begun. */
export async function sessionSteps(reader: HistoryReader, sessionId: string, at: Moment, count: number): Promise<SessionSteps> {
  const { state: start } = await sessionAt(reader, sessionId, at);
  const earlierEntries = Math.max(0, start.transcript.length - SHOWN_ENTRIES);
  const events = await reader.log.readStream(`session/${sessionId}`, { afterVersion: start.version, limit: count });
  const show = shower(earlierEntries);
  let state: SessionState = { ...start, open: new Map(Object.entries(start.open)) };
  const first = show(state);
  let before = first;
  const steps: SessionSteps['steps'][number][] = [];
  for (const event of events) {
    state = Session.evolve(state, event);
    const after = show(state);
    steps.push({ position: event.position, patch: diff(before, after) });
    before = after;
  }
  return { at, state: first, earlierEntries, steps };
}

/** A copy that later events leave alone. What is the same entry in two states stays one object, so that comparing them is quick. */
function shower(from: number): (state: SessionState) => SessionSnapshot {
  const entries = new WeakMap<TranscriptEntry, TranscriptEntry>();
  const entry = (whole: TranscriptEntry): TranscriptEntry => {
    const known = entries.get(whole) ?? (shortened(whole) as TranscriptEntry);
    entries.set(whole, known);
    return known;
  };
  return (state) => {
    const shown = state.transcript.length < from ? state.transcript : state.transcript.slice(from);
    return { ...snapshotOf({ ...state, open: new Map() }), transcript: shown.map(entry), open: openOf(state) };
  };
}

function openOf({ open }: SessionState): SessionSnapshot['open'] {
  return shortened(Object.fromEntries(open)) as SessionSnapshot['open'];
}

/** A deep copy in which long texts are cut, and say so. */
export function shortened(value: unknown): unknown {
  if (typeof value === 'string')
    return value.length <= TEXT_CHARS ? value : `${value.slice(0, TEXT_CHARS)}… (+${value.length - TEXT_CHARS})`;
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, shortened(inner)]),
  );
}
