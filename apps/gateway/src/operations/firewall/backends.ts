/** iptables and nftables: what is in force of ours, what brings it there, and what takes it away. */
import { existsSync } from 'node:fs';
import { must, type RunProgram } from './programs.ts';
import {
  iptablesChain,
  iptablesRemoval,
  iptablesRollback,
  iptablesScript,
  NAME,
  NFT_OPENS,
  nftRemoval,
  nftScript,
  nftTable,
} from './render.ts';
import type { Family, Rule } from './rules.ts';

export type FirewallType = 'iptables' | 'nftables';
/** `different`: something of ours is there, but not these rules. */
export type FirewallState = 'absent' | 'current' | 'different';
/** A program and what it reads on its stdin. */
export type Step = { readonly command: readonly string[]; readonly input: string };

export type Backend = {
  /** What is in force, compared with these rules. Needs root. */
  readonly state: (rules: readonly Rule[]) => Promise<FirewallState>;
  /** What has to be run. Looks at what there is; without root it supposes that there is nothing. */
  readonly plan: (rules: readonly Rule[], root: boolean) => Promise<readonly Step[]>;
  /** Runs these steps, each tried out first so that all or none take effect. Throws FIREWALL_FAILED. */
  readonly apply: (steps: readonly Step[]) => Promise<void>;
  /** Leaves nothing of ours behind. Resolves with whether there was something. */
  readonly remove: () => Promise<boolean>;
};

const PROGRAMS: Readonly<Record<Family, string>> = { 4: 'iptables', 6: 'ip6tables' };
/** Waits for others who change the tables. */
const WAIT = ['-w', '5'];

export function createBackend(type: FirewallType, run: RunProgram): Backend {
  return type === 'iptables' ? createIptables(run) : createNftables(run);
}

type Found = { readonly exists: boolean; readonly jumps: number; readonly chain: readonly string[] };

function createIptables(run: RunProgram): Backend {
  const families: readonly Family[] = existsSync('/proc/net/if_inet6') ? [4, 6] : [4];
  const restore = (family: Family) => [`${PROGRAMS[family]}-restore`, ...WAIT, '--noflush'];
  const found = async (family: Family): Promise<Found> => {
    const lines = (await must(run, [PROGRAMS[family], ...WAIT, '-S'])).split('\n').map((line) => line.trim());
    return {
      exists: lines.includes(`-N ${NAME}`),
      jumps: lines.filter((line) => line === `-A INPUT -j ${NAME}`).length,
      chain: lines.filter((line) => line.startsWith(`-A ${NAME} `)),
    };
  };
  const restoreTo = async (family: Family, before: Found | undefined): Promise<void> => {
    const { jumps } = await found(family);
    const input = before?.exists ? iptablesRollback(before.chain, before.jumps > 0) : iptablesRemoval(jumps);
    await must(run, restore(family), input);
  };
  return {
    state: async (rules) => {
      const each = await Promise.all(families.map(async (family) => ({ family, ...(await found(family)) })));
      if (each.every(({ exists, jumps }) => !exists && jumps === 0)) return 'absent';
      const same = each.every(({ family, jumps, chain }) => jumps === 1 && chain.join('\n') === iptablesChain(rules, family).join('\n'));
      return same ? 'current' : 'different';
    },
    plan: async (rules, root) =>
      await Promise.all(
        families.map(async (family) => {
          const jumps = root ? (await found(family)).jumps : 0;
          return { command: restore(family), input: iptablesScript(rules, family, jumps) };
        }),
      ),
    apply: async (steps) => {
      for (const { command, input } of steps) await must(run, [...command, '--test'], input);
      const before = await Promise.all(families.map(found));
      for (const [at, { command, input }] of steps.entries()) {
        try {
          await must(run, command, input);
        } catch (error) {
          // What passes the test can still fail, and the families are two tables.
          for (const [done, family] of families.slice(0, at).entries()) await restoreTo(family, before[done]);
          throw error;
        }
      }
    },
    remove: async () => {
      let removed = false;
      for (const family of families) {
        if ((await run([PROGRAMS[family], '--version'])).code === 127) continue;
        const { exists, jumps } = await found(family);
        if (!exists) continue;
        await must(run, restore(family), iptablesRemoval(jumps));
        removed = true;
      }
      return removed;
    },
  };
}

function createNftables(run: RunProgram): Backend {
  const list = async (): Promise<string | undefined> => {
    const tables = await must(run, ['nft', 'list', 'tables', 'inet']);
    if (!tables.split('\n').some((line) => line.trim() === `table inet ${NAME}`)) return undefined;
    return await must(run, ['nft', 'list', 'table', 'inet', NAME]);
  };
  return {
    state: async (rules) => {
      const listed = await list();
      if (listed === undefined) return 'absent';
      return squeezed(listed) === squeezed(nftTable(rules)) ? 'current' : 'different';
    },
    plan: async (rules) => [{ command: ['nft', '-f', '-'], input: nftScript(rules) }],
    apply: async (steps) => {
      for (const { command, input } of steps) await must(run, command, input);
    },
    remove: async () => {
      if ((await run(['nft', '--version'])).code === 127 || (await list()) === undefined) return false;
      await must(run, ['nft', '-f', '-'], nftRemoval());
      return true;
    },
  };
}

/** Newer versions of nft show some of it otherwise. */
const squeezed = (text: string) => text.replaceAll(/\s+/g, ' ').replaceAll('tcp flags syn / fin,syn,rst,ack', NFT_OPENS).trim();
