/** Machines for processes: network namespaces on one cable with this machine, each of which can be cut off from a server here. */
import { must, runProgram } from '../../apps/gateway/src/operations/firewall/programs.ts';
import { ensureProgram } from '../../scripts/programs.mjs';

/** What runs beside has networks of its own. */
const MOST_NETWORKS = 200;

export type Machine = {
  readonly address: string;
  /** The command that runs this one there. */
  readonly command: (command: readonly string[]) => readonly string[];
  /** From now on nothing comes or goes between it and this port of the network's host, and nobody is told so. */
  readonly cutOff: (port: number) => Promise<void>;
  readonly mend: () => Promise<void>;
};

export type Network<Names extends string> = AsyncDisposable & {
  /** The address of this machine. */
  readonly host: string;
  readonly machines: Readonly<Record<Names, Machine>>;
};

/** Makes machines with these names; they are gone when the test is over. */
export async function startNetwork<Names extends string>(names: readonly Names[]): Promise<Network<Names>> {
  for (const name of ['ip', 'iptables'] as const) await ensureProgram(name);
  await using stack = new AsyncDisposableStack();
  const { bridge, subnet } = await makeBridge();
  stack.defer(() => run('ip', 'link', 'del', bridge));
  const host = `${subnet}.1`;
  await run('ip', 'address', 'add', `${host}/24`, 'dev', bridge);
  await run('ip', 'link', 'set', bridge, 'up');
  const machines: [Names, Machine][] = [];
  for (const [index, name] of names.entries()) {
    const space = `${bridge}-${index}`;
    await run('ip', 'netns', 'add', space);
    stack.defer(() => run('ip', 'netns', 'del', space));
    const cable = `${space}v`;
    await run('ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'veth0', 'netns', space);
    // It would else stay for a while after the machine is gone.
    stack.defer(() => run('ip', 'link', 'del', cable));
    await run('ip', 'link', 'set', cable, 'master', bridge, 'up');
    machines.push([name, await machineIn(space, `${subnet}.${index + 2}`)]);
  }
  const resources = stack.move();
  return {
    host,
    machines: Object.fromEntries(machines) as Record<Names, Machine>,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The first whose name nobody has taken. */
async function makeBridge(): Promise<{ readonly bridge: string; readonly subnet: string }> {
  for (let number = 1; number <= MOST_NETWORKS; number++) {
    const bridge = `ocb${number}`;
    const { code } = await runProgram(['ip', 'link', 'add', bridge, 'type', 'bridge']);
    if (code === 0) return { bridge, subnet: `10.97.${number}` };
  }
  throw new Error('no bridge could be made: are you root?');
}

async function machineIn(space: string, address: string): Promise<Machine> {
  const inside = (...command: string[]) => run('ip', 'netns', 'exec', space, ...command);
  await run('ip', '-n', space, 'link', 'set', 'lo', 'up');
  await run('ip', '-n', space, 'link', 'set', 'veth0', 'up');
  await run('ip', '-n', space, 'address', 'add', `${address}/24`, 'dev', 'veth0');
  return {
    address,
    command: (command) => ['ip', 'netns', 'exec', space, ...command],
    cutOff: async (port) => {
      await inside('iptables', '-A', 'INPUT', '-p', 'tcp', '--sport', String(port), '-j', 'DROP');
      await inside('iptables', '-A', 'OUTPUT', '-p', 'tcp', '--dport', String(port), '-j', 'DROP');
    },
    mend: () => inside('iptables', '-F'),
  };
}

async function run(...command: string[]): Promise<void> {
  await must(runProgram, command);
}
