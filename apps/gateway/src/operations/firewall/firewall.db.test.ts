/** The rules in real firewalls, held against real packets between two network namespaces. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '@openclaw-gateway/events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { configSchema } from '../../config/schema/index.ts';
import { createBackend } from './backends.ts';
import { applyFirewall, createFirewall, type FirewallMachine, planFirewall, removeFirewall, stateOf } from './index.ts';
import { must } from './programs.ts';
import { rulesInForce } from './rules.ts';
import { OUTSIDE, type TwoMachines, twoMachines } from './testing/two-machines.ts';

const PORT = 18789;
const OTHER = 8022;
const DNS = 5353;
const RULES = [
  { action: 'deny', source: '10.99.0.66', port: PORT },
  { action: 'allow', source: '10.99.0.0/24', port: PORT },
  { action: 'allow', source: 'fd99::/64', port: PORT, protocol: 'tcp' },
  { action: 'deny', source: '192.0.2.0/24', port: DNS, protocol: 'udp' },
];
const { v4, v6, far4, far6 } = OUTSIDE;
const config = (type: string, rules: readonly object[] = RULES, enabled = true) =>
  configSchema.parse({ gateway: { network: { host: '0.0.0.0' }, security: { firewall: { enabled, type, rules } } } });

let machines: TwoMachines;
let stateDir: string;
let machine: FirewallMachine;
beforeAll(async () => {
  machines = await twoMachines([PORT, OTHER, DNS]);
}, 300_000);
afterAll(() => machines?.[Symbol.asyncDispose]());
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'firewall-'));
  machine = { run: machines.run, isRoot: true, stateDir };
});
afterEach(async () => {
  await removeFirewall(machine);
  await rm(stateDir, { recursive: true });
});

const apply = async (type: string, rules?: readonly object[]) =>
  await applyFirewall(await planFirewall(config(type, rules), machine), machine);
const tcp = (port: number) => machines.attempt([v4, v6, far4, far6].map((from) => ({ from, port })));
const ALL_OPEN = ['open', 'open', 'open', 'open'];

describe.each(['iptables', 'nftables'] as const)('D gateway.security.firewall.type %s', (type) => {
  test('without rules everybody gets everywhere', async () => {
    expect(await tcp(PORT)).toEqual(ALL_OPEN);
    expect(await stateOf(type, [], machine)).toBe('absent');
  });

  test('gateway.security.firewall.rules[].source: packets of IPv4 and IPv6 from it pass, from elsewhere they do not', async () => {
    await apply(type);
    expect(await tcp(PORT)).toEqual(['open', 'open', 'dropped', 'dropped']);
    expect(await stateOf(type, rulesInForce(config(type).gateway.security.firewall), machine)).toBe('current');
  });

  test('gateway.security.firewall.rules[].port: others stay as they were, and so does this machine to itself', async () => {
    await apply(type);
    expect(await tcp(OTHER)).toEqual(ALL_OPEN);
    expect(await machines.attemptInside(PORT)).toBe('open');
  });

  test('gateway.security.firewall.rules[].protocol: udp is another thing than tcp', async () => {
    await apply(type);
    const udp = await machines.attempt([v4, v6, far4, far6].map((from) => ({ from, port: DNS, protocol: 'udp' })));
    expect(udp).toEqual(['open', 'open', 'dropped', 'open']);
    expect(await tcp(DNS)).toEqual(ALL_OPEN);
  });

  test('gateway.security.firewall.rules[].action: deny without a source and port closes all, and what is open goes on', async () => {
    const isOpen = await machines.hold({ from: far4, port: OTHER });
    await apply(type, [{ action: 'deny' }]);
    expect(await tcp(OTHER)).toEqual(['dropped', 'dropped', 'dropped', 'dropped']);
    expect(await machines.attemptInside(OTHER)).toBe('open');
    expect(await isOpen()).toBe('open');
    expect((await planFirewall(config(type, [{ action: 'deny' }]), machine)).state).toBe('current');
  });

  test('every form of a rule is seen again as it was put in force', async () => {
    const sources = [undefined, '10.9.8.7', '10.9.0.0/16', '0.0.0.0/0', 'fd99::7', 'fd99:1::/48', '::/0'];
    const rules = sources.flatMap((source) =>
      (['tcp', 'udp'] as const).flatMap((protocol) =>
        [undefined, 53].flatMap((port) =>
          (['allow', 'deny'] as const).map((action) => ({ action, protocol, ...(source && { source }), ...(port && { port }) })),
        ),
      ),
    );
    await apply(type, rules);
    expect((await planFirewall(config(type, rules), machine)).state).toBe('current');
  });

  test('gateway.security.firewall.rules: the first that fits decides', async () => {
    await apply(type, [
      { action: 'deny', source: v4, port: PORT },
      { action: 'allow', source: '10.99.0.0/24', port: PORT },
    ]);
    expect((await tcp(PORT))[0]).toBe('dropped');
    await apply(type, [
      { action: 'allow', source: '10.99.0.0/24', port: PORT },
      { action: 'deny', source: v4, port: PORT },
    ]);
    expect((await tcp(PORT))[0]).toBe('open');
  });

  test('applied again nothing changes, and other rules take the place of the first', async () => {
    await apply(type);
    const once = await machines.ruleset();
    await apply(type);
    await apply(type);
    expect(await machines.ruleset()).toBe(once);
    await apply(type, [{ action: 'deny', source: 'fd99::/64', port: OTHER }]);
    expect(await tcp(OTHER)).toEqual(['open', 'dropped', 'open', 'open']);
    expect(await tcp(PORT)).toEqual(ALL_OPEN);
  });

  test('what others have in the firewall stays, and after a removal there is nothing of ours', async () => {
    await must(machines.run, ['iptables', '-A', 'INPUT', '-p', 'tcp', '--dport', '9', '-j', 'DROP']);
    await must(machines.run, ['ip6tables', '-A', 'INPUT', '-p', 'tcp', '--dport', '9', '-j', 'DROP']);
    await must(machines.run, ['nft', 'add', 'table', 'inet', 'theirs']);
    const before = await machines.ruleset();
    await apply(type);
    expect(await machines.ruleset()).toContain('openclaw');
    expect(await removeFirewall(machine)).toEqual([type]);
    expect(await machines.ruleset()).toBe(before);
    expect(await tcp(PORT)).toEqual(ALL_OPEN);
    expect(await removeFirewall(machine)).toEqual([]);
    for (const program of ['iptables', 'ip6tables']) await must(machines.run, [program, '-F', 'INPUT']);
    await must(machines.run, ['nft', 'delete', 'table', 'inet', 'theirs']);
  });

  test('rules that the firewall does not take leave those of before in force, whole', async () => {
    await apply(type);
    const before = await machines.ruleset();
    const steps = await createBackend(type, machine.run).plan(rulesInForce({ rules: [] }), true);
    const broken = steps.map((step, index) =>
      index === steps.length - 1 ? { ...step, input: step.input.replace(/RETURN|return/, 'NONSENSE') } : step,
    );
    await expect(createBackend(type, machine.run).apply(broken)).rejects.toThrow(expect.objectContaining({ code: 'FIREWALL_FAILED' }));
    expect(await machines.ruleset()).toBe(before);
  });

  test('what somebody changed by hand is seen', async () => {
    await apply(type);
    const { rules } = await planFirewall(config(type), machine);
    if (type === 'iptables') await must(machines.run, ['iptables', '-D', 'INPUT', '-j', 'openclaw']);
    else await must(machines.run, ['nft', 'add', 'rule', 'inet', 'openclaw', 'input', 'tcp', 'dport', '1', 'accept']);
    expect(await stateOf(type, rules, machine)).toBe('different');
    await apply(type);
    expect(await stateOf(type, rules, machine)).toBe('current');
  });

  test('the plan is what is run, word for word', async () => {
    const { steps } = await planFirewall(config(type), { ...machine, isRoot: false });
    for (const { command, input } of steps) await must(machines.run, command, input);
    expect(await tcp(PORT)).toEqual(['open', 'open', 'dropped', 'dropped']);
  });
});

test('the other firewall is left without rules of ours when the type is changed', async () => {
  await apply('iptables');
  await apply('nftables');
  expect(await machines.ruleset()).not.toMatch(/chain openclaw/);
  await apply('iptables');
  expect(await machines.ruleset()).not.toMatch(/table inet openclaw/);
  expect(await tcp(PORT)).toEqual(['open', 'open', 'dropped', 'dropped']);
});

describe('D gateway.security.firewall.enabled', () => {
  const gateway = (isRoot: boolean) => {
    const events: NewEvent[] = [];
    const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const record = async (_: string, event: NewEvent) => void events.push(event);
    return { events, logger, firewall: createFirewall({ machine: { ...machine, isRoot }, record, logger }) };
  };
  const types = (events: readonly NewEvent[]) => events.map(({ type }) => type);

  test('puts the rules in force when the gateway starts as root, once, and takes them out when it is turned off while it runs', async () => {
    const first = gateway(true);
    await first.firewall.apply(config('nftables'));
    expect(await tcp(PORT)).toEqual(['open', 'open', 'dropped', 'dropped']);
    const second = gateway(true);
    await second.firewall.apply(config('nftables'));
    expect(second.events).toEqual([]);
    await second.firewall.apply(config('nftables', RULES, false));
    expect(types(second.events)).toEqual(['network.firewall_removed']);
    expect(await tcp(PORT)).toEqual(ALL_OPEN);
    expect(types(first.events)).toEqual(['network.firewall_applied']);
  });

  test('takes up other rules at once, and another type', async () => {
    const { events, firewall } = gateway(true);
    await firewall.apply(config('nftables'));
    await firewall.apply(config('iptables', [{ action: 'deny', source: far6, port: PORT }]));
    expect(await tcp(PORT)).toEqual(['open', 'open', 'open', 'dropped']);
    expect(events.map(({ data }) => (data as { firewall: string }).firewall)).toEqual(['nftables', 'iptables']);
  });

  test('of a gateway that is not root says the command, and no more once root has applied the rules', async () => {
    const { events, logger, firewall } = gateway(false);
    await firewall.apply(config('nftables'));
    expect(events).toMatchObject([{ type: 'network.firewall_failed', data: { problem: { code: 'FIREWALL_NEEDS_ROOT' } } }]);
    expect(logger.warn.mock.calls[0]?.[0]).toMatchObject({
      remedy: `Run: \`sudo env "PATH=$PATH" OPENCLAW_STATE_DIR=${stateDir} openclaw gateway firewall apply\``,
    });
    await apply('nftables');
    await firewall.apply(config('nftables'));
    expect(events).toHaveLength(1);
    await firewall.apply(config('nftables', []));
    expect(events).toHaveLength(2);
  });

  test('false when the gateway starts changes nothing', async () => {
    await apply('nftables');
    const { events, firewall } = gateway(true);
    await firewall.apply(config('nftables', RULES, false));
    expect(events).toEqual([]);
    expect(await tcp(PORT)).toEqual(['open', 'open', 'dropped', 'dropped']);
  });
});
