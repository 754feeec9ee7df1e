import type { SessionRow, ViewQueries } from '@openclaw-gateway/db';
import { z } from 'zod';
import { ownPrefixes } from '../../access/ownership.ts';
import { agentIds } from '../../pipeline/agent.ts';
import { agentId } from './fields.ts';
import { defineMethod } from './method.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
const PAGE_ROWS = 200;
/** The protocol counts from the newest, the views page by key: a search goes at most this deep. */
const MAX_SCANNED = 10_000;

const hint = z.unknown().optional();

/** Sessions, the one with the newest event first. */
export const sessionsList = defineMethod({
  name: 'sessions.list',
  scope: 'operator.read',
  params: z.strictObject({
    limit: z.int().min(1).default(DEFAULT_LIMIT),
    offset: z.int().nonnegative().max(MAX_SCANNED).default(0),
    activeMinutes: z.int().min(1).optional(),
    agentId: agentId.optional(),
    search: z.string().max(512).optional(),
    label: z.string().min(1).max(512).optional(),
    includeDerivedTitles: z.boolean().optional(),
    archived: z.union([z.boolean(), z.literal('all')]).optional(),
    // There is one order, and nothing here is owned, pinned, global or spawned.
    sortBy: hint,
    requireLastInteraction: hint,
    includeGlobal: hint,
    includeUnknown: hint,
    configuredAgentsOnly: hint,
    includeLastMessage: hint,
    boardFace: hint,
    creatorId: hint,
    ownerId: hint,
    ownerFirst: hint,
    involvingMe: hint,
    involvingProfileId: hint,
    includePeople: hint,
    spawnedBy: hint,
  }),
  run: async (params, { parts, member, reach }) => {
    const { config } = parts.config.current();
    const keyPrefixes = reach === 'own' ? ownPrefixes(member.caller, agentIds(config)) : undefined;
    const limit = Math.min(params.limit, MAX_LIMIT);
    const wanted = params.offset + limit;
    const { rows, complete } =
      params.archived === true
        ? { rows: [], complete: true }
        : await matching(parts.store.views, filterOf(params.agentId, keyPrefixes), matcher(params, Date.now()), wanted + 1);
    const sessions = rows.slice(params.offset, wanted).map((row) => describe(row, params.includeDerivedTitles === true));
    const hasMore = rows.length > wanted;
    return {
      ts: Date.now(),
      count: sessions.length,
      limitApplied: limit,
      offset: params.offset,
      hasMore,
      ...(hasMore ? { nextOffset: wanted } : {}),
      ...(complete ? { totalCount: rows.length } : {}),
      defaults: { model: config.agents.defaults.model, contextTokens: null },
      sessions,
    };
  },
});

type Filter = { readonly activeMinutes?: number | undefined; readonly search?: string | undefined; readonly label?: string | undefined };

function matcher({ activeMinutes, search, label }: Filter, nowMs: number): (row: SessionRow) => boolean {
  const since = activeMinutes === undefined ? 0 : nowMs - activeMinutes * 60_000;
  const needle = search?.trim().toLowerCase() ?? '';
  return (row) =>
    row.lastTime >= since &&
    (label === undefined || row.title === label) &&
    (needle === '' || `${row.title}\n${row.sessionKey}`.toLowerCase().includes(needle));
}

type Listed = Parameters<ViewQueries['sessions']>[0];

function filterOf(agentId: string | undefined, keyPrefixes: readonly string[] | undefined): Listed {
  return { ...(agentId !== undefined && { agentId }), ...(keyPrefixes && { keyPrefixes }) };
}

async function matching(
  views: ViewQueries,
  filter: Listed,
  matches: (row: SessionRow) => boolean,
  wanted: number,
): Promise<{ rows: SessionRow[]; complete: boolean }> {
  const rows: SessionRow[] = [];
  let before: number | undefined;
  for (let scanned = 0; rows.length < wanted && scanned < MAX_SCANNED; scanned += PAGE_ROWS) {
    const page = await views.sessions(filter, {
      limit: PAGE_ROWS,
      ...(before === undefined ? {} : { before }),
    });
    rows.push(...page.rows.filter(matches));
    if (page.next === undefined) return { rows, complete: true };
    before = page.next;
  }
  return { rows, complete: false };
}

/** A row as the protocol's SessionRow. */
export function describe(row: SessionRow, withTitle: boolean): object {
  return {
    key: row.sessionKey,
    sessionId: row.sessionId,
    kind: /:(group|channel):/.test(row.sessionKey) ? 'group' : 'direct',
    agentId: row.agentId,
    channel: row.channel,
    accountId: row.account,
    ...(row.title === '' ? {} : { displayName: row.title, ...(withTitle ? { derivedTitle: row.title } : {}) }),
    createdAt: row.openedAt,
    updatedAt: row.lastTime,
    lastActivityAt: row.lastTime,
    status: statusOf(row),
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    totalTokens: row.inputTokens + row.outputTokens,
  };
}

function statusOf(row: SessionRow): string {
  if (row.openMessages > 0) return 'running';
  return row.lastOutcome === 'dead_lettered' || row.lastOutcome === 'rejected' ? 'failed' : 'done';
}
