/**
 * What of the older part of a conversation is summed up by itself: all of it, or, where several people speak, each one's part with the
 * answers to it, so that a summary can be erased with the person it speaks of and with nobody else. Pure.
 */
import { ERASED_TEXT, type SessionState, type TranscriptEntry } from '@openclaw-gateway/events';
import { shownFrom } from './context-window.ts';

/** Of more people, those who were quiet longest are left out. */
const MOST_SPEAKERS = 8;

export type Share = {
  /** Whose it is; nobody's where all is summed up together. */
  readonly subject?: string;
  /** What summed up still older parts of it. */
  readonly before: string;
  readonly entries: readonly TranscriptEntry[];
};

/** The shares of what stands before the entry `cut`, the one of whoever is quiet longest first. */
export function sharesOf(state: SessionState, cut: number): readonly Share[] {
  const { compacted, transcript, shared, subject } = state;
  const older = transcript.slice(shownFrom(state), cut);
  if (!shared) return [{ before: said(compacted?.summary), entries: older }];
  const shares = new Map<string | undefined, { before: string; entries: TranscriptEntry[] }>();
  const summaries = compacted?.speakers ?? (compacted ? [{ ...(subject !== undefined && { subject }), summary: compacted.summary }] : []);
  for (const { subject: whose, summary } of summaries) if (said(summary) !== '') shares.set(whose, { before: summary, entries: [] });
  for (const entry of older) {
    const share = shares.get(entry.subject) ?? { before: '', entries: [] };
    share.entries.push(entry);
    // Whoever spoke last comes last.
    shares.delete(entry.subject);
    shares.set(entry.subject, share);
  }
  return [...shares].slice(-MOST_SPEAKERS).map(([whose, share]) => ({ ...(whose !== undefined && { subject: whose }), ...share }));
}

const said = (summary = '') => (summary === ERASED_TEXT ? '' : summary);
