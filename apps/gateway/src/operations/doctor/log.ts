/** Whether the log is what was written, and whether the views follow it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProjectionHealth } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events/errors';
import type { Check } from './check.ts';
import type { Machine } from './machine.ts';

const QUICK_EVENTS = 5_000;
const DEEP_EVENTS = 200_000;
const LAG_EVENTS = 5_000;
const LAG_SEEN_AGAIN_MS = 1_000;

const broken: Check = {
  id: 'log.changed',
  severity: 'error',
  scopes: ['security'],
  opensDatabases: true,
  finds: `newest events (${QUICK_EVENTS}, with \`--security\` ${DEEP_EVENTS}) that are not what was written, or do not fit the last signed checkpoint`,
  cause: 'Somebody changed the database by hand, or the disk returns something else than was written.',
  remedy:
    '`openclaw audit verify --from 1` checks all of it. Stop the gateway, keep a copy of the state directory, and restore a backup that verifies.',
  look: async (machine) => {
    const { events, keys, head } = await machine.state();
    if (events.state !== 'good' || head === 0 || (keys.state !== 'good' && keys.state !== 'missing')) return [];
    const { verifyLog } = await import('@openclaw-gateway/db');
    const from = Math.max(1, head - (machine.deep ? DEEP_EVENTS : QUICK_EVENTS) + 1);
    const { break: found } = await verifyLog({ dir: machine.paths.databases, from, to: head });
    return found ? [{ found: found.message, details: { ...found } }] : [];
  },
};

const viewsDamaged: Check = {
  id: 'views.damaged',
  severity: 'error',
  opensDatabases: true,
  finds: 'views (views.db, words.db) that are damaged or were written by a newer program',
  cause: 'The disk failed or the file was overwritten. Views are a copy of what the log says: nothing is lost.',
  remedy: '`openclaw gateway stop`, `openclaw doctor --fix`, `openclaw gateway start`.',
  fix: 'Deletes the views while the gateway is stopped; its next start builds them again from the log.',
  look: async (machine) => {
    const { views, words } = await machine.state();
    const bad = Object.entries({ 'views.db': views, 'words.db': words }).filter(([, { state }]) =>
      ['damaged', 'newer', 'unreadable'].includes(state),
    );
    return bad.map(([name, { message }]) => ({
      found: `${join(machine.paths.databases, name)} cannot be read: ${message ?? 'it is damaged'}.`,
      ...rebuilt(machine),
    }));
  },
};

const viewsMissing: Check = {
  id: 'views.missing',
  severity: 'note',
  opensDatabases: true,
  finds: 'a log without its views',
  cause:
    'They were deleted, or a backup was restored without them. The next start builds them again, which takes a few seconds for a large log.',
  remedy: '`openclaw gateway start`',
  look: async (machine) => {
    const { events, views, words, head } = await machine.state();
    if (events.state !== 'good' || head === 0 || (await machine.running())) return [];
    const missing = Object.entries({ 'views.db': views, 'words.db': words }).filter(([, { state }]) => state === 'missing');
    return missing.map(([name]) => ({ found: `${join(machine.paths.databases, name)} is missing.` }));
  },
};

const viewsStopped: Check = {
  id: 'views.stopped',
  severity: 'error',
  opensDatabases: true,
  finds: 'a view that stopped at an event it could not take',
  cause: 'A fault of the program: the view does not show what came after that event. Messages go on.',
  remedy:
    '`openclaw gateway stop`, `openclaw doctor --fix`, `openclaw gateway start` builds the views anew. If it stops again, report it with the event.',
  fix: 'Deletes the views while the gateway is stopped; its next start builds them again from the log.',
  look: async (machine) => {
    const projections = (await machine.overview())?.projections ?? [];
    return projections.flatMap(({ name, stoppedAt }) =>
      stoppedAt ? [{ found: `The view ${name} stopped at event ${stoppedAt.position}: ${stoppedAt.message}`, ...rebuilt(machine) }] : [],
    );
  },
};

const viewsLagging: Check = {
  id: 'views.lagging',
  severity: 'warning',
  finds: `a running gateway whose views are more than ${LAG_EVENTS} events behind and do not catch up`,
  cause: 'The machine or its disk is too slow for what comes in, or another program takes the processor.',
  remedy: 'Look at `openclaw status` again in a minute, and at what else runs (`top`).',
  look: async (machine) => {
    const before = await lagging(machine);
    if (before.length === 0) return [];
    await delay(LAG_SEEN_AGAIN_MS);
    const status = await machine.ask<{ overview: { projections: readonly ProjectionHealth[] } }>('/api/status');
    const after = new Map(status.overview.projections.map((view) => [view.name, view.lagEvents]));
    const behind = before.filter(({ name, lagEvents }) => (after.get(name) ?? 0) >= lagEvents);
    return behind.map(({ name, lagEvents }) => ({
      found: `The view ${name} is ${lagEvents} events behind the log.`,
      details: { name, lagEvents },
    }));
  },
};

async function lagging(machine: Machine): Promise<readonly ProjectionHealth[]> {
  const status = await machine.status();
  if (!status || status instanceof GatewayError) return [];
  return status.overview.projections.filter(({ lagEvents, stoppedAt }) => lagEvents > LAG_EVENTS && !stoppedAt);
}

function rebuilt(machine: Machine): { readonly repair?: () => Promise<void> } {
  if (machine.isOwned || !existsSync(machine.paths.databases)) return {};
  return {
    repair: async () => {
      const { deleteStoppedViews } = await import('@openclaw-gateway/db');
      deleteStoppedViews(machine.paths.databases);
    },
  };
}

export const LOG_CHECKS: readonly Check[] = [broken, viewsDamaged, viewsMissing, viewsStopped, viewsLagging];
