/** What waits for an operator in the log: conversations that are set aside, and replies that were given up. */
import type { EventRow, MessageJourney } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { Check } from './check.ts';
import { type Machine, perMachine } from './machine.ts';

/** More than these are "or more". */
const MOST = 200;
const QUARANTINES = ['session.quarantined', 'session.released'];

type LeftBehind = { readonly quarantines: readonly EventRow[]; readonly deadLetters: readonly MessageJourney[] };

/** From the gateway, or from the files of one that is stopped; nothing where neither can say. */
const leftBehind = perMachine(async (machine: Machine): Promise<LeftBehind> => {
  const status = await machine.status();
  if (status instanceof GatewayError) return { quarantines: [], deadLetters: [] };
  if (status) {
    const [quarantines, deadLetters] = await Promise.all([
      machine.ask<{ rows: EventRow[] }>(`/api/events?type=${QUARANTINES.join(',')}&limit=${MOST}`),
      machine.ask<{ rows: MessageJourney[] }>(`/api/dead-letters?limit=${MOST}`),
    ]);
    return { quarantines: quarantines.rows, deadLetters: deadLetters.rows };
  }
  const { events, views, words } = await machine.state();
  if ([events, views, words].some(({ state }) => state !== 'good')) return { quarantines: [], deadLetters: [] };
  const { openStoreReadOnly } = await import('@openclaw-gateway/db');
  const store = await openStoreReadOnly({ dir: machine.paths.databases });
  try {
    const quarantines = await store.views.events({ types: QUARANTINES }, { limit: MOST });
    const given = await store.views.messages({ status: 'dead_lettered' }, { limit: MOST });
    return { quarantines: quarantines.rows, deadLetters: given.rows.filter(({ reply }) => reply !== undefined) };
  } finally {
    await store.close();
  }
});

const quarantined: Check = {
  id: 'sessions.quarantined',
  severity: 'error',
  opensDatabases: true,
  finds: 'conversations that are in quarantine',
  cause:
    'The process ended again and again while one was being answered, or the model refuses what was said in it. Nobody who writes there gets an answer.',
  remedy:
    '`openclaw sessions show <id>` says why; `openclaw sessions release <id>` runs what waits there, with `--forget` without what was said before.',
  look: async (machine) => {
    const { quarantines } = await leftBehind(machine);
    const seen = new Set<string | undefined>();
    const still = quarantines.filter(({ sessionId, type }) => {
      const isNewest = !seen.has(sessionId);
      seen.add(sessionId);
      return isNewest && type === 'session.quarantined';
    });
    const [newest] = still;
    if (!newest) return [];
    const how = still.length === 1 ? '1 conversation is' : `${still.length} conversations are`;
    const { sessionId = '', summary } = newest;
    return [
      {
        found: `${how} in quarantine, the newest ${sessionId}: ${summary}`,
        remedy: `openclaw sessions show ${sessionId}; then openclaw sessions release ${sessionId}, with --forget without what was said before.`,
        details: { sessions: still.slice(0, 10).map((event) => event.sessionId) },
      },
    ];
  },
};

const deadLetters: Check = {
  id: 'deliveries.dead-letters',
  severity: 'warning',
  opensDatabases: true,
  finds: 'replies that were given up and that nobody has decided about',
  cause: 'The channel refused them, or did not take them as often as `messages.retry.delivery.maxAttempts` allows.',
  remedy:
    '`openclaw channels dead-letters list` names them with the reason; then `openclaw channels dead-letters resubmit <message>`, or `discard <message> --reason <text>`.',
  look: async (machine) => {
    const { length } = (await leftBehind(machine)).deadLetters;
    if (length === 0) return [];
    const how = length === 1 ? '1 reply was' : `${length}${length >= MOST ? ' or more' : ''} replies were`;
    return [{ found: `${how} given up.`, details: { deadLetters: length } }];
  },
};

export const LEFT_BEHIND_CHECKS: readonly Check[] = [quarantined, deadLetters];
