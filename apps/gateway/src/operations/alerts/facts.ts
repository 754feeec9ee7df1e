/**
 * What the rules look at. It is counted as events are appended or is at hand in memory; nothing is scanned, so that looking every
 * few seconds costs nothing.
 */
import { statfs } from 'node:fs/promises';
import type { ProjectionProgress } from '@openclaw-gateway/db';
import { type Condition, conditionOf, matches } from '@openclaw-gateway/db/query/index';
import {
  AuditVerified,
  MessageDeadLettered,
  MessageReceived,
  MessageRejected,
  ModelResponded,
  SessionCompacted,
  type StoredEvent,
  TERMINAL_MESSAGE_EVENTS,
} from '@openclaw-gateway/events';
import type { AlertQueries } from '../../config/schema/alerts.ts';
import type { ChannelStatus } from '../../parts.ts';
import { SlidingCount } from './sliding-count.ts';
import { UsualGaps } from './usual-gaps.ts';

const DAY_MS = 86_400_000;
const TERMINAL: ReadonlySet<string> = new Set(TERMINAL_MESSAGE_EVENTS.map(({ type }) => type));

/** Something that sends to elsewhere, and whether it cannot. */
export type Outlet = { readonly name: string; readonly state: 'well' | 'starting' | 'failing'; readonly problem?: string };

export type Facts = {
  readonly now: number;
  readonly oldestMessageAt: number | undefined;
  /** Messages that ended within the window of the rule, and those of them that were given up. */
  readonly ended: number;
  readonly givenUp: number;
  readonly channels: readonly (ChannelStatus & { readonly lastMessageAt?: number; readonly usualGapMs?: number })[];
  readonly diskFreeBytes: number | undefined;
  readonly contradiction: string | undefined;
  readonly head: number;
  readonly projections: readonly ProjectionProgress[];
  readonly tokensToday: number;
  /** In US dollars; of models without a price nothing is known. */
  readonly costToday: number;
  readonly certificateExpiresAt: number | undefined;
  readonly outlets: readonly Outlet[];
  /** Events within the window of each query, by its name. */
  readonly matched: ReadonlyMap<string, number>;
};

export type FactSources = {
  readonly stateDir: string;
  readonly oldestMessageAt: () => number | undefined;
  readonly channels: () => readonly ChannelStatus[];
  readonly head: () => number;
  readonly projections: () => readonly ProjectionProgress[];
  readonly outlets: () => readonly Outlet[];
  /** When the certificate that is in force expires. */
  readonly certificateExpiresAt: () => number | undefined;
};

type CountedQuery = { readonly query: string; readonly condition: Condition; readonly count: SlidingCount };

export class FactKeeper {
  readonly #sources: FactSources;
  readonly #gaps = new UsualGaps();
  #ended = new SlidingCount(1);
  #givenUp = new SlidingCount(1);
  #queries: ReadonlyMap<string, CountedQuery> = new Map();
  #contradiction: string | undefined;
  #used = { day: 0, tokens: 0, cost: 0 };

  constructor(sources: FactSources) {
    this.#sources = sources;
  }

  /** The log is not what was signed, or was found broken before and has not been verified since. */
  contradicted(text: string): void {
    this.#contradiction = text;
  }

  observe(events: readonly StoredEvent[]): void {
    for (const event of events) {
      for (const { condition, count } of this.#queries.values()) if (matches(condition, event)) count.add(event.time);
      if (TERMINAL.has(event.type)) this.#count(event);
      else if (MessageReceived.is(event)) this.#gaps.add(`${event.data.channel}/${event.data.account}`, event.time);
      else if (ModelResponded.is(event) || SessionCompacted.is(event)) this.addUsage(event);
      else if (AuditVerified.is(event)) this.#verified(event.data);
    }
  }

  /** What a model used; events of earlier days do not count. */
  addUsage(event: StoredEvent): void {
    if (event.erased === true || !(ModelResponded.is(event) || SessionCompacted.is(event))) return;
    const day = dayOf(event.time);
    if (day < this.#used.day) return;
    const { inputTokens, outputTokens, costUsd = 0 } = event.data.usage;
    const before = this.#usedOn(day);
    this.#used = { day, tokens: before.tokens + inputTokens + outputTokens, cost: before.cost + costUsd };
  }

  /** Over which time messages are counted; another one begins anew. */
  countOver(windowMs: number): void {
    this.#ended = this.#ended.over(windowMs);
    this.#givenUp = this.#givenUp.over(windowMs);
  }

  /** Which queries events are counted by; what is counted stays where query and window do. */
  countQueries(queries: AlertQueries): void {
    const before = this.#queries;
    this.#queries = new Map(
      Object.entries(queries).flatMap(([name, { enabled, query, window }]) => {
        if (!enabled) return [];
        const known = before.get(name);
        if (known?.query === query) return [[name, { ...known, count: known.count.over(window) }]];
        return [[name, { query, condition: conditionOf({ query }, Date.now()), count: new SlidingCount(window) }]];
      }),
    );
  }

  async read(now: number): Promise<Facts> {
    const { stateDir, oldestMessageAt, channels, head, projections, outlets } = this.#sources;
    const used = this.#usedOn(dayOf(now));
    const free = await statfs(stateDir).catch(() => undefined);
    return {
      now,
      oldestMessageAt: oldestMessageAt(),
      ended: this.#ended.total(now),
      givenUp: this.#givenUp.total(now),
      channels: channels().map((status) => ({ ...status, ...this.#gaps.of(`${status.channel}/${status.account}`) })),
      diskFreeBytes: free && free.bavail * free.bsize,
      contradiction: this.#contradiction,
      head: head(),
      projections: projections(),
      tokensToday: used.tokens,
      costToday: used.cost,
      certificateExpiresAt: this.#sources.certificateExpiresAt(),
      outlets: outlets(),
      matched: new Map([...this.#queries].map(([name, { count }]) => [name, count.total(now)])),
    };
  }

  #usedOn(day: number): { readonly tokens: number; readonly cost: number } {
    return day === this.#used.day ? this.#used : { tokens: 0, cost: 0 };
  }

  /** What was rejected was never to be answered. */
  #count(event: StoredEvent): void {
    if (MessageRejected.is(event)) return;
    this.#ended.add(event.time);
    if (MessageDeadLettered.is(event)) this.#givenUp.add(event.time);
  }

  #verified({
    ok,
    to,
    firstBadPosition,
  }: {
    readonly ok: boolean;
    readonly to: number;
    readonly firstBadPosition?: number | undefined;
  }): void {
    this.#contradiction = ok ? undefined : `The check of the log up to ${to} failed at ${firstBadPosition ?? 'an unknown position'}.`;
  }
}

const dayOf = (time: number): number => Math.floor(time / DAY_MS);

/** When the present day began, in milliseconds since 1970. */
export const startOfDay = (now: number): number => dayOf(now) * DAY_MS;
