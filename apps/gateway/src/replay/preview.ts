/** What a configuration would have done with the messages that came last, before anybody puts it in force. */
import { GatewayError } from '@openclaw-gateway/events';
import type { HistoryReader } from '../history/reader.ts';
import { collectConfigs, decisionsAt, newestMessages } from './collect.ts';
import type { ConfigDocument, DecisionsReport } from './job.ts';
import { decisionsReport } from './run-decisions.ts';

/** Each is a process of its own. */
const MOST_AT_ONCE = 2;
let running = 0;

/** Decides the newest messages again, in another process. Throws OVERLOADED, and RUN_ABORTED when the signal ends it. */
export async function previewDecisions(
  reader: HistoryReader,
  candidate: ConfigDocument,
  { last, signal }: { readonly last: number; readonly signal?: AbortSignal },
): Promise<DecisionsReport> {
  if (running >= MOST_AT_ONCE) {
    throw new GatewayError('OVERLOADED', { message: 'Other previews are being worked out; try again in a moment.' });
  }
  running += 1;
  try {
    const positions = await newestMessages(reader.views, { last, ...(signal && { signal }) });
    const job = { configs: await collectConfigs(reader.log), candidate };
    return await decisionsReport(job, decisionsAt(reader.log, positions, signal), signal);
  } catch (error) {
    throw signal?.aborted ? new GatewayError('RUN_ABORTED') : error;
  } finally {
    running -= 1;
  }
}
