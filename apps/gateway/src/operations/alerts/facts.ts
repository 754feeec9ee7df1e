/**
 * What the rules look at. It is counted as events are appended or is at hand in memory; nothing is scanned, so that looking every
 * few seconds costs nothing.
 */
import { statfs } from 'node:fs/promises';
import type { ProjectionProgress } from '@openclaw-gateway/db';
import {
  AuditVerified,
  MessageDeadLettered,
  MessageReceived,
  MessageRejected,
  ModelResponded,
  type StoredEvent,
  TERMINAL_MESSAGE_EVENTS,
} from '@openclaw-gateway/events';
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
  readonly certificateExpiresAt: number | undefined;
  readonly outlets: readonly Outlet[];
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

export class FactKeeper {
  readonly #sources: FactSources;
  readonly #gaps = new UsualGaps();
  #ended = new SlidingCount(1);
  #givenUp = new SlidingCount(1);
  #contradiction: string | undefined;
  #tokens = { day: 0, count: 0 };

  constructor(sources: FactSources) {
    this.#sources = sources;
  }

  /** The log is not what was signed, or was found broken before and has not been verified since. */
  contradicted(text: string): void {
    this.#contradiction = text;
  }

  observe(events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (TERMINAL.has(event.type)) this.#count(event);
      else if (MessageReceived.is(event)) this.#gaps.add(`${event.data.channel}/${event.data.account}`, event.time);
      else if (ModelResponded.is(event)) this.addTokens(event);
      else if (AuditVerified.is(event)) this.#verified(event.data);
    }
  }

  /** What a model used; events of earlier days do not count. */
  addTokens(event: StoredEvent): void {
    if (!ModelResponded.is(event) || event.erased === true) return;
    const day = dayOf(event.time);
    if (day < this.#tokens.day) return;
    const { inputTokens, outputTokens } = event.data.usage;
    const before = day === this.#tokens.day ? this.#tokens.count : 0;
    this.#tokens = { day, count: before + inputTokens + outputTokens };
  }

  /** Over which time messages are counted; another one begins anew. */
  countOver(windowMs: number): void {
    this.#ended = this.#ended.over(windowMs);
    this.#givenUp = this.#givenUp.over(windowMs);
  }

  async read(now: number): Promise<Facts> {
    const { stateDir, oldestMessageAt, channels, head, projections, outlets } = this.#sources;
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
      tokensToday: this.#tokens.day === dayOf(now) ? this.#tokens.count : 0,
      certificateExpiresAt: this.#sources.certificateExpiresAt(),
      outlets: outlets(),
    };
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
