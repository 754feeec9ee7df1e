/**
 * A network of its own with the addresses of other machines: the gateway never counts 127.0.0.1 against anybody, so attacker and
 * victim need others. The program starts itself again in a network namespace, which is gone when it ends.
 */
import { execFileSync, spawnSync } from 'node:child_process';

const INSIDE = 'OPENCLAW_ATTACK_NETWORK';

export const GATEWAY = '198.51.100.1';
export const VICTIM = '198.51.100.7';
/** An attacker for each attack: one that was banned stays so. */
export const attackerAt = (number: number): string => `198.51.100.${100 + number}`;

/** Ends the process outside; returns inside, with the addresses there. */
export function enterNetwork(attackers: number): void {
  if (process.env[INSIDE] === undefined) {
    const namespace = process.getuid?.() === 0 ? ['--net'] : ['--map-root-user', '--net'];
    const inside = [...namespace, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    const { status, error } = spawnSync('unshare', inside, { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
    if (error) throw new Error(`this needs Linux with unshare (util-linux) and ip (iproute2): ${error.message}`);
    process.exit(status ?? 1);
  }
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const all = [GATEWAY, VICTIM, ...Array.from({ length: attackers }, (_, number) => attackerAt(number))];
  for (const address of all) execFileSync('ip', ['addr', 'add', `${address}/32`, 'dev', 'lo']);
}
