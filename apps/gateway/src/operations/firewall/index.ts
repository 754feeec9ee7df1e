/**
 * `gateway.security.firewall`: rules in the firewall of the machine, in a chain or table of our own that can be taken away again.
 * Nothing else is changed. Only root may; whoever is not is told the command.
 */
import {
  type EventMetadata,
  GatewayError,
  NetworkFirewallApplied,
  NetworkFirewallFailed,
  NetworkFirewallRemoved,
  type NewEvent,
  toGatewayError,
} from '@openclaw-gateway/events';
import type { Config } from '../../config/index.ts';
import type { Logger } from '../logs.ts';
import { createBackend, type FirewallState, type FirewallType, type Step } from './backends.ts';
import { readMarker, removeMarker, writeMarker } from './marker.ts';
import { type RunProgram, runProgram } from './programs.ts';
import { hashOfRules, type Lockout, lockouts, type Rule, rulesInForce } from './rules.ts';
import type { SshSession } from './session.ts';

export type { FirewallState, Step } from './backends.ts';
export type { Lockout } from './rules.ts';

export type FirewallMachine = { readonly run: RunProgram; readonly isRoot: boolean; readonly stateDir: string };

export function firewallMachine(stateDir: string): FirewallMachine {
  return { run: runProgram, isRoot: process.getuid?.() === 0, stateDir };
}

export type FirewallPlan = {
  readonly type: FirewallType;
  readonly enabled: boolean;
  readonly rules: readonly Rule[];
  readonly rulesHash: string;
  /** `unknown` for whoever may not look and finds no note of what was applied. */
  readonly state: FirewallState | 'unknown';
  readonly steps: readonly Step[];
  readonly lockouts: readonly Lockout[];
};

/** What would be done, and whom it would keep out. Changes nothing. Throws FIREWALL_FAILED where root cannot look. */
export async function planFirewall(config: Config, machine: FirewallMachine, ssh?: SshSession): Promise<FirewallPlan> {
  const { firewall } = config.gateway.security;
  const { host, port } = config.gateway.network;
  const { type, enabled } = firewall;
  const rules = rulesInForce(firewall);
  const backend = createBackend(type, machine.run);
  return {
    type,
    enabled,
    rules,
    rulesHash: hashOfRules(type, rules),
    state: await stateOf(type, rules, machine),
    steps: await backend.plan(rules, machine.isRoot),
    lockouts: lockouts(rules, { ssh, gateway: { host, port } }),
  };
}

/** What is in force: seen by root, taken from the note of the last one who was by others. */
export async function stateOf(type: FirewallType, rules: readonly Rule[], machine: FirewallMachine): Promise<FirewallState | 'unknown'> {
  if (machine.isRoot) return await createBackend(type, machine.run).state(rules);
  const marker = await readMarker(machine.stateDir);
  if (!marker) return 'unknown';
  return marker.rulesHash === hashOfRules(type, rules) ? 'current' : 'different';
}

/** Puts a plan in force, and takes away what the other firewall has of ours. Throws FIREWALL_NEEDS_ROOT, FIREWALL_FAILED. */
export async function applyFirewall({ type, steps, rulesHash }: FirewallPlan, machine: FirewallMachine): Promise<void> {
  needRoot(machine);
  await createBackend(type, machine.run).apply(steps);
  // One that cannot be asked has nothing of ours.
  await createBackend(type === 'iptables' ? 'nftables' : 'iptables', machine.run)
    .remove()
    .catch(() => false);
  await writeMarker(machine.stateDir, { type, rulesHash });
}

/** Leaves nothing behind in either firewall. Resolves with those in which there was something. Throws FIREWALL_NEEDS_ROOT, FIREWALL_FAILED. */
export async function removeFirewall(machine: FirewallMachine): Promise<readonly FirewallType[]> {
  needRoot(machine);
  const removed: FirewallType[] = [];
  let failure: unknown;
  for (const type of ['iptables', 'nftables'] as const) {
    try {
      if (await createBackend(type, machine.run).remove()) removed.push(type);
    } catch (error) {
      failure = error;
    }
  }
  if (removed.length === 0 && failure !== undefined) throw failure;
  await removeMarker(machine.stateDir);
  return removed;
}

function needRoot({ isRoot, stateDir }: FirewallMachine): void {
  if (!isRoot) throw new GatewayError('FIREWALL_NEEDS_ROOT', { details: { remedy: `Run: \`${sudoLine('apply', stateDir)}\`` } });
}

/** The command as whoever is not root types it: root would look for programs and the state directory elsewhere. */
export function sudoLine(command: 'apply' | 'remove', stateDir: string): string {
  const quoted = /^[\w./-]+$/.test(stateDir) ? stateDir : `'${stateDir.replaceAll("'", "'\\''")}'`;
  return `sudo env "PATH=$PATH" OPENCLAW_STATE_DIR=${quoted} openclaw gateway firewall ${command}`;
}

export type Firewall = {
  /** Puts the rules in force, or takes them away when they are turned off while the gateway runs. Never rejects. */
  readonly apply: (config: Config) => Promise<void>;
};

/** The part of a running gateway. */
export function createFirewall(options: {
  readonly machine: FirewallMachine;
  readonly record: (streamId: string, event: NewEvent, metadata?: EventMetadata) => Promise<unknown>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}): Firewall {
  const { machine, record, logger } = options;
  let before: Config | undefined;
  let changing: Promise<void> = Promise.resolve();

  async function change(config: Config): Promise<void> {
    const wasEnabled = before?.gateway.security.firewall.enabled === true;
    before = config;
    const { enabled, type } = config.gateway.security.firewall;
    if (!enabled) return wasEnabled ? await remove() : undefined;
    const plan = await planFirewall(config, machine);
    for (const { message } of plan.lockouts) logger.warn({ type }, message);
    if (plan.state === 'current')
      return void logger.info({ type, rules: plan.rules.length }, 'the firewall has the rules of the configuration');
    await applyFirewall(plan, machine);
    logger.info({ type, rules: plan.rules.length }, 'the rules of the configuration were put into the firewall');
    await record('network', NetworkFirewallApplied.create({ firewall: type, rules: plan.rules.length, rulesHash: plan.rulesHash }));
  }

  async function remove(): Promise<void> {
    for (const type of await removeFirewall(machine)) {
      logger.info({ type }, 'the rules were taken out of the firewall');
      await record('network', NetworkFirewallRemoved.create({ firewall: type, reason: 'gateway.security.firewall.enabled is false' }));
    }
  }

  async function failed(thrown: unknown, { gateway }: Config): Promise<void> {
    const { code, message, details, remedy } = toGatewayError(thrown);
    logger.warn({ code, remedy: details?.['remedy'] ?? remedy }, `the firewall does not have the rules of the configuration: ${message}`);
    const problem = { code, message: message.slice(0, 2000) };
    await record('network', NetworkFirewallFailed.create({ firewall: gateway.security.firewall.type, problem }));
  }

  return {
    apply: (config) => {
      changing = changing
        .then(() => change(config))
        .catch((thrown: unknown) => failed(thrown, config))
        .catch((error: unknown) => logger.error({ err: error }, 'what happened to the firewall was not recorded'));
      return changing;
    },
  };
}
