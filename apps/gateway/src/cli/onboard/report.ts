/** What `openclaw onboard` says it did. */
import type { ConfigChange } from '../../config/index.ts';
import type { ServiceOutcome } from '../../operations/onboard/bring-up.ts';
import { describeLink } from '../commands/dashboard.ts';
import { pairs, shortPath } from '../output.ts';
import type { Outcome } from './carry-out.ts';
import { serviceEnvironment } from './keys.ts';
import type { Decision, Situation } from './setup.ts';

/** Whether all that was asked for is there. */
export function isComplete({ interrupted, service, channel }: Outcome): boolean {
  return !interrupted && service?.installed !== false && channel?.ok !== false;
}

/** The answer with --json. */
export function asJson({ context }: Situation, decision: Decision, outcome: Outcome): Record<string, unknown> {
  const { plan, trial } = decision;
  const { written, interrupted, service, gateway, channel, dashboard } = outcome;
  return {
    ok: isComplete(outcome),
    config: { path: context.paths.config, written, created: written && plan.isNew, changes: plan.changes },
    ...(decision.saveKeys.length > 0 && { savedKeys: decision.saveKeys }),
    model: { reference: plan.config.agents.defaults.model, ...(trial && { trial }) },
    ...(channel && { channel }),
    ...(service && { service }),
    ...(gateway && { gateway: { url: gateway.url, pid: gateway.pid } }),
    ...(dashboard && { dashboard }),
    ...(interrupted && { interrupted }),
  };
}

/** The same for people. */
export function asText({ context, options }: Situation, decision: Decision, outcome: Outcome): string[] {
  const { plan, trial, saveKeys } = decision;
  const { written, interrupted, service, gateway, channel, dashboard } = outcome;
  const file = shortPath(context.paths.config);
  const lines: [string, string][] = [
    ['Configuration', written ? `${file} (${plan.isNew ? 'new' : 'changed'})` : `${file} (as it was)`],
    ['Model', plan.config.agents.defaults.model + (trial ? `, answered in ${trial.durationMs} ms` : '')],
  ];
  if (channel)
    lines.push([
      'Channel',
      channel.ok ? `${channel.channel} is connected` : `${channel.channel}: ${channel.error?.message ?? 'no answer'}`,
    ]);
  if (saveKeys.length > 0) lines.push(['Keys', `${saveKeys.join(', ')} kept in ${shortPath(serviceEnvironment(context))}`]);
  if (service) lines.push(['Service', serviceInWords(service)]);
  lines.push(['Gateway', gateway ? `${gateway.url} (pid ${gateway.pid})` : 'not started; start it with `openclaw gateway start`']);
  return [
    ...pairs(lines),
    ...(service?.installed ? (service.notes ?? []).map((note) => `Note: ${note}`) : []),
    ...(interrupted ? ['', 'Interrupted. What is listed above is done; run `openclaw onboard` again for the rest.'] : []),
    ...(dashboard && gateway ? ['', ...describeLink(dashboard)] : []),
    ...(written && !options.start && plan.restartNeeded.length > 0
      ? ['', 'A running gateway takes this up after `openclaw gateway restart`.']
      : []),
  ];
}

function serviceInWords(service: ServiceOutcome): string {
  if (!service.installed) return `not installed: ${service.error.message} ${service.error.remedy}`;
  return service.path === undefined ? service.manager : `${service.manager}, ${shortPath(service.path)}`;
}

/** The changes of the file, one a line. */
export function describeChanges(changes: readonly ConfigChange[]): string[] {
  return changes.map(
    ({ path, before, after }) => `${path}: ${before === undefined ? '' : `${JSON.stringify(before)} → `}${JSON.stringify(after)}`,
  );
}
