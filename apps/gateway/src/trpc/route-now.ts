import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { configAt } from '../history/config-at.ts';
import { newestMoment } from '../history/moment.ts';
import type { Parts } from '../parts.ts';
import { collectConfigs, collectDecisions } from '../replay/collect.ts';
import { replayDecisions } from '../replay/decisions.ts';

const decision = z.object({
  allowed: z.boolean(),
  rule: z.string(),
  reason: z.string(),
  route: z.object({ agentId: z.string(), rule: z.string(), model: z.string(), sessionKey: z.string().optional() }).optional(),
});

/** What would be decided about a recorded message now. `unfaithful`: not even its own configuration gives what was recorded. */
export const routedNow = z.object({
  verdict: z.enum(['identical', 'route changed', 'stricter', 'looser', 'unfaithful']),
  before: decision,
  after: decision,
});

/** Decides one recorded message again under the configuration in force. Throws MESSAGE_NOT_FOUND, RECORDING_INCOMPLETE. */
export async function routeNow({ log }: Parts['store'], position: number): Promise<z.output<typeof routedNow>> {
  const [message] = await collectDecisions(log, [position]);
  const { document } = await configAt(log, await newestMoment(log));
  if (!message || !document) {
    throw new GatewayError('RECORDING_INCOMPLETE', {
      message: message
        ? 'The log does not have the configuration in force.'
        : 'No decision is recorded for this message, or its data is erased.',
    });
  }
  const { changes, unfaithful } = replayDecisions({
    messages: [message],
    configs: await collectConfigs(log),
    candidate: document,
  });
  const [change] = changes;
  if (change) return { verdict: change.verdict, before: change.before, after: change.after };
  const [fault] = unfaithful;
  if (fault) return { verdict: 'unfaithful', before: fault.recorded, after: fault.replayed };
  return { verdict: 'identical', before: message.outcome, after: message.outcome };
}
