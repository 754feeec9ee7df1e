/** Which message a client's run id means. Newest first in memory; the rest is in the log. */

import type { MessageJourney, PipelineReads } from '@openclaw-gateway/db';
import { GatewayError, isId } from '@openclaw-gateway/events';

const REMEMBERED = 5_000;

/** Somebody who reaches only the own conversations. */
export type Own = { readonly owner: string; readonly owns: (message: MessageJourney | undefined) => Promise<boolean> };

export class RunIndex {
  readonly #reads: PipelineReads;
  readonly #messages = new Map<string, string>();
  /** The same of those who have conversations of their own: two of them may give their requests the same name. */
  readonly #owned = new Map<string, string>();
  readonly #runs = new Map<string, string>();

  constructor(reads: PipelineReads) {
    this.#reads = reads;
  }

  /** `owner` is whose conversation it is, where it is somebody's own (access/ownership.ts). */
  note(runId: string, messageId: string, owner: string | undefined): void {
    this.#messages.delete(runId);
    this.#messages.set(runId, messageId);
    if (owner !== undefined) this.#noteOwned(`${owner}\0${runId}`, messageId);
    this.#runs.delete(messageId);
    this.#runs.set(messageId, runId);
    if (this.#messages.size > REMEMBERED) dropOldest(this.#messages);
    if (this.#runs.size > REMEMBERED) dropOldest(this.#runs);
  }

  /** The message of a run; with `own` only of one in a conversation of his. Throws `RUN_NOT_FOUND`. */
  async messageId(runId: string, own?: Own): Promise<string> {
    const known = own ? this.#owned.get(`${own.owner}\0${runId}`) : this.#messages.get(runId);
    if (known !== undefined) return known;
    const found = (await this.#reads.messageByRequestId(runId)) ?? (isId('message', runId) ? await this.#reads.message(runId) : undefined);
    const isThere = own ? await own.owns(found) : found !== undefined;
    if (!found || !isThere) throw new GatewayError('RUN_NOT_FOUND', { details: { runId } });
    return found.messageId;
  }

  #noteOwned(key: string, messageId: string): void {
    this.#owned.delete(key);
    this.#owned.set(key, messageId);
    if (this.#owned.size > REMEMBERED) dropOldest(this.#owned);
  }

  /** What clients call the run of this message. */
  async runId(messageId: string): Promise<string> {
    const known = this.#runs.get(messageId);
    if (known !== undefined) return known;
    const found = await this.#reads.message(messageId);
    return found?.requestId ?? found?.runId ?? messageId;
  }
}

function dropOldest(map: Map<string, string>): void {
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
