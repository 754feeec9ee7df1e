/** Which message a client's run id means. Newest first in memory; the rest is in the log. */

import type { PipelineReads } from '@openclaw-gateway/db';
import { GatewayError, isId } from '@openclaw-gateway/events';

const REMEMBERED = 5_000;

export class RunIndex {
  readonly #reads: PipelineReads;
  readonly #messages = new Map<string, string>();
  readonly #runs = new Map<string, string>();

  constructor(reads: PipelineReads) {
    this.#reads = reads;
  }

  note(runId: string, messageId: string): void {
    this.#messages.delete(runId);
    this.#messages.set(runId, messageId);
    this.#runs.delete(messageId);
    this.#runs.set(messageId, runId);
    if (this.#messages.size > REMEMBERED) dropOldest(this.#messages);
    if (this.#runs.size > REMEMBERED) dropOldest(this.#runs);
  }

  /** The message of a run. Throws `RUN_NOT_FOUND`. */
  async messageId(runId: string): Promise<string> {
    const known = this.#messages.get(runId);
    if (known !== undefined) return known;
    const found = (await this.#reads.messageByRequestId(runId)) ?? (isId('message', runId) ? await this.#reads.message(runId) : undefined);
    if (!found) throw new GatewayError('RUN_NOT_FOUND', { details: { runId } });
    return found.messageId;
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
