import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { count, hash, name } from './shared.ts';

/** Why something was done to somebody's data. Kept for ever, so no name and no number of the person may stand in it. */
const reason = z.string().min(1).max(500);

/** What a hold keeps: everything of a conversation, or everything of a person. */
const target = z.object({ kind: z.enum(['session', 'subject']), id: name });

export const DataErasureRequested = defineEvent('data.erasure_requested', {
  version: 1,
  description:
    'Somebody asked for a person to be erased. Committed before the key is destroyed, so that a crash cannot leave it half done.',
  schema: z.object({ subject: name, reason }),
  summary: (d) => `Erasure of ${d.subject} asked for: ${d.reason}`,
  retention: 'audit',
  severity: 'warn',
});

export const DataErased = defineEvent('data.erased', {
  version: 1,
  description: "A person's key was destroyed: what identifies them in these events can be read by nobody any more.",
  schema: z.object({ subject: name, madeUntil: count, events: count, sessions: count, keyDestroyed: z.boolean(), files: count.optional() }),
  summary: (d) => `Erased ${d.subject}: ${d.events} events in ${d.sessions} ${d.sessions === 1 ? 'session' : 'sessions'}`,
  retention: 'audit',
  severity: 'warn',
});

export const DataHeld = defineEvent('data.held', {
  version: 1,
  description: 'A legal hold was put on a conversation or a person: nothing of it is erased, archived or removed until it is released.',
  schema: z.object({ target, reason }),
  summary: (d) => `Legal hold on ${d.target.id}: ${d.reason}`,
  retention: 'audit',
  severity: 'warn',
});

export const DataReleased = defineEvent('data.released', {
  version: 1,
  description: 'A legal hold was removed.',
  schema: z.object({ target, reason }),
  summary: (d) => `Legal hold on ${d.target.id} removed: ${d.reason}`,
  retention: 'audit',
  severity: 'warn',
});

export const DataArchived = defineEvent('data.archived', {
  version: 1,
  description: 'The bodies of old events were moved into a compressed file, which was read back and verified before they left the log.',
  schema: z.object({ file: name, first: count, last: count, events: count, sizeBytes: count, sha256: hash }),
  summary: (d) => `${d.events} events from ${d.first} to ${d.last} archived in ${d.file}`,
  retention: 'audit',
});

export const DataRetained = defineEvent('data.retained', {
  version: 1,
  description: 'Bodies whose time was over were removed for good; their hashes, positions and metadata stay.',
  schema: z.object({
    /** Milliseconds since 1970: what is older was removed. */
    contentBefore: count,
    debugBefore: count,
    content: count,
    debug: count,
    /** Bodies that were removed from archived files. */
    archived: count,
    /** Bodies whose time was over but that a hold or an unfinished message kept. */
    kept: count,
    /** Files of messages that no event needed any more. */
    files: count.optional(),
  }),
  summary: (d) =>
    `${d.content + d.debug + d.archived} bodies removed because their time was over${d.files ? `, ${d.files} ${d.files === 1 ? 'file' : 'files'}` : ''}${d.kept ? `, ${d.kept} kept` : ''}`,
  retention: 'audit',
});

export type Hold = { readonly kind: 'session' | 'subject'; readonly id: string; readonly reason: string; readonly since: number };

export type DataState = {
  /** By kind and id. */
  readonly holds: ReadonlyMap<string, Hold>;
  /** Subjects whose erasure was asked for and not finished, with the reason. */
  readonly erasing: ReadonlyMap<string, string>;
  /** Until when the keys of a subject are destroyed. */
  readonly erasedUntil: ReadonlyMap<string, number>;
};

/** Names a hold among others. */
export function holdKey({ kind, id }: Pick<Hold, 'kind' | 'id'>): string {
  return `${kind} ${id}`;
}

export const Data = defineAggregate<DataState>({
  name: 'data',
  events: [DataErasureRequested, DataErased, DataHeld, DataReleased, DataArchived, DataRetained],
  initial: () => ({ holds: new Map(), erasing: new Map(), erasedUntil: new Map() }),
  evolve: (state, event) => {
    if (DataErasureRequested.is(event)) return { ...state, erasing: new Map(state.erasing).set(event.data.subject, event.data.reason) };
    if (DataErased.is(event)) {
      const erasing = new Map(state.erasing);
      erasing.delete(event.data.subject);
      return { ...state, erasing, erasedUntil: new Map(state.erasedUntil).set(event.data.subject, event.data.madeUntil) };
    }
    if (DataHeld.is(event)) {
      const { target: held, reason: why } = event.data;
      return { ...state, holds: new Map(state.holds).set(holdKey(held), { ...held, reason: why, since: event.time }) };
    }
    if (DataReleased.is(event)) {
      const holds = new Map(state.holds);
      holds.delete(holdKey(event.data.target));
      return { ...state, holds };
    }
    return state;
  },
});
