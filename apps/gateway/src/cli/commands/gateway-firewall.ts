import { GatewayError } from '@openclaw-gateway/events/errors';
import {
  applyFirewall,
  type FirewallPlan,
  firewallMachine,
  type Lockout,
  planFirewall,
  removeFirewall,
  type Step,
  sudoLine,
} from '../../operations/firewall/index.ts';
import { sshSession } from '../../operations/firewall/session.ts';
import type { Context } from '../context.ts';
import { paint } from '../output.ts';

/** Prints the commands with what they read, just as `apply` would run them. Changes nothing. */
export async function planRules(context: Context): Promise<undefined> {
  const machine = firewallMachine(context.paths.dir);
  const plan = await planned(context);
  const { type, enabled, rules, state, steps, lockouts } = plan;
  const apply = machine.isRoot ? 'openclaw gateway firewall apply' : sudoLine('apply', context.paths.dir);
  context.out.result({ ok: true, type, enabled, state, rules, steps, lockouts, apply }, () => [
    ...steps.flatMap(asShell),
    `# ${STATES[state]}${enabled ? '' : ' gateway.security.firewall.enabled is false: the gateway puts nothing into the firewall by itself.'}`,
    `# To put them in force: ${apply}`,
  ]);
  warn(context, lockouts);
}

/** Puts the rules in force. Throws FIREWALL_NEEDS_ROOT, FIREWALL_LOCKS_OUT, FIREWALL_FAILED. */
export async function applyRules(context: Context, { force }: { readonly force?: true }): Promise<undefined> {
  const plan = await planned(context);
  const ssh = plan.lockouts.find(({ kind }) => kind === 'ssh');
  if (ssh && !force) {
    const remedy = `Allow it first, with a rule such as { action: "allow", source: "${ssh.source}", port: ${ssh.port} }, or add --force if you have another way in.`;
    throw new GatewayError('FIREWALL_LOCKS_OUT', { message: ssh.message, details: { ...ssh, remedy } });
  }
  await applyFirewall(plan, firewallMachine(context.paths.dir));
  const { type, rules, rulesHash, state, lockouts } = plan;
  if (state !== 'current') await record(context, 'applied', { firewall: type, rules: rules.length, rulesHash });
  context.out.result({ ok: true, type, rules, changed: state !== 'current', lockouts }, () => [
    state === 'current' ? `${type} had these rules already.` : `${rules.length} rules are in force in ${type}.`,
    'They stay until the machine is started anew, or until `openclaw gateway firewall remove`.',
  ]);
  warn(context, lockouts);
}

/** Takes everything of ours out of both firewalls. Throws FIREWALL_NEEDS_ROOT, FIREWALL_FAILED. */
export async function removeRules(context: Context): Promise<undefined> {
  const machine = firewallMachine(context.paths.dir);
  if (!machine.isRoot) {
    throw new GatewayError('FIREWALL_NEEDS_ROOT', { details: { remedy: `Run: \`${sudoLine('remove', context.paths.dir)}\`` } });
  }
  const removed = await removeFirewall(machine);
  if (removed.length > 0) await record(context, 'removed', { firewalls: removed });
  context.out.result({ ok: true, removed }, () => [
    removed.length === 0 ? 'There was nothing of the gateway in the firewall.' : `The rules were taken out of ${removed.join(' and ')}.`,
  ]);
}

/** The event, where a gateway runs to write it. That it cannot be written takes nothing from what was done. */
async function record(context: Context, what: 'applied' | 'removed', body: object): Promise<void> {
  try {
    const api = await context.apiIfRunning();
    if (api) await api.send('POST', `/api/firewall/${what}`, body);
    else context.out.note('No gateway runs, so the event log does not say it.');
  } catch (error) {
    context.out.note(`The gateway did not record it: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function planned(context: Context): Promise<FirewallPlan> {
  const { config } = await context.config();
  return await planFirewall(config, firewallMachine(context.paths.dir), await sshSession(context.env));
}

function warn({ out }: Context, lockouts: readonly Lockout[]): void {
  if (out.json) return;
  for (const { message } of lockouts) out.note(`${paint('yellow', 'Careful:')} ${message}`);
}

const STATES: Readonly<Record<FirewallPlan['state'], string>> = {
  absent: 'Nothing of this is in force.',
  current: 'All of this is in force.',
  different: 'Other rules of the gateway are in force.',
  unknown: 'Only root can see what is in force.',
};

/** A command with its input, to be typed as it is. */
function asShell({ command, input }: Step): string[] {
  return [`${command.join(' ')} <<'END'`, input.trimEnd(), 'END', ''];
}
