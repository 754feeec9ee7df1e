/** The commands about the firewall of the machine. */
import type { Command } from 'commander';
import type { Context } from './context.ts';

type Action = (context: Context, options: never) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;

export function addFirewall(gateway: Command, leaf: Leaf): void {
  const firewall = gateway.command('firewall').description('the rules of gateway.security.firewall in the firewall of this machine');
  leaf(firewall, 'plan', 'print what would be put into it, and whom that would keep out', async () => {
    return (await import('./commands/gateway-firewall.ts')).planRules;
  });
  leaf(
    firewall,
    'apply',
    'put the rules into it; needs root',
    async () => (await import('./commands/gateway-firewall.ts')).applyRules,
  ).option('--force', 'also when your own SSH session would be kept out');
  leaf(firewall, 'remove', 'take them out again, all of them; needs root', async () => {
    return (await import('./commands/gateway-firewall.ts')).removeRules;
  });
}
