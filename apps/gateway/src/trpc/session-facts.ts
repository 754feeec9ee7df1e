import type { ViewQueries } from '@openclaw-gateway/db';
import { type DataOf, ModelResponded, RouteDecided, SessionNoted, type StoredEvent } from '@openclaw-gateway/events';
import { z } from 'zod';

const PAGE = 1000;
const MOST_EVENTS = 20_000;
const TYPES = [ModelResponded.type, RouteDecided.type, SessionNoted.type];

/** What the list does not know of a session. */
export const sessionFacts = z.object({
  cachedInputTokens: z.number(),
  /** In US dollars, of the answers whose model has a price. */
  costUsd: z.number().optional(),
  /** Answers whose model has none. */
  unpriced: z.number(),
  /** The configurations that messages were routed under, the newest first. */
  configs: z.array(z.object({ hash: z.string(), fromPosition: z.number(), messages: z.number() })),
  notes: z.array(z.object({ position: z.number(), time: z.number(), text: z.string(), about: z.number().optional(), actor: z.string() })),
  /** Only the first 20,000 of such events were counted. */
  partial: z.boolean(),
});

type Facts = z.output<typeof sessionFacts>;

/** Reads a session's answers, decisions and notes once, in pages. */
export async function readFacts(views: Pick<ViewQueries, 'matching'>, sessionId: string, signal: AbortSignal | undefined): Promise<Facts> {
  const facts: Facts = { cachedInputTokens: 0, unpriced: 0, configs: [], notes: [], partial: false };
  let after = 0;
  for (let read = 0; ; read += PAGE) {
    if (read >= MOST_EVENTS) return { ...facts, partial: true };
    const page = await views.matching({ sessionId, types: TYPES }, { after, limit: PAGE, ...(signal && { signal }) });
    for (const event of page.rows) count(facts, event);
    if (page.rows.length < PAGE && !page.partial) return facts;
    after = page.scannedTo;
  }
}

function count(facts: Facts, event: StoredEvent): void {
  if (event.erased) return;
  if (ModelResponded.is(event)) countAnswer(facts, event.data.usage);
  else if (RouteDecided.is(event)) countConfig(facts, event);
  else if (SessionNoted.is(event)) {
    const { text, about } = event.data;
    const { position, time, metadata } = event;
    facts.notes.push({ position, time, text, actor: metadata.actor?.id ?? '', ...(about !== undefined && { about }) });
  }
}

function countAnswer(facts: Facts, usage: DataOf<typeof ModelResponded>['usage']): void {
  facts.cachedInputTokens += usage.cachedInputTokens ?? 0;
  if (usage.costUsd === undefined) facts.unpriced += 1;
  else facts.costUsd = (facts.costUsd ?? 0) + usage.costUsd;
}

function countConfig(facts: Facts, { position, data }: StoredEvent<string, DataOf<typeof RouteDecided>>): void {
  const known = facts.configs.find(({ hash }) => hash === data.configHash);
  if (known) known.messages += 1;
  else facts.configs.unshift({ hash: data.configHash, fromPosition: position, messages: 1 });
}
