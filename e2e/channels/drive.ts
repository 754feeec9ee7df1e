/**
 * Conversations of several people with the built gateway over one channel, while everything goes wrong that can: the service
 * fails, repeats, reorders and disconnects, and the gateway is killed. Afterwards the service's record and the log are judged.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startGateway, until } from '../gateway-process.ts';
import { seeded } from '../random.ts';
import type { Rig, RigFactory } from './rig.ts';
import { judge, type Verdict } from './verdict.ts';

export type DriveOptions = {
  readonly rig: RigFactory;
  readonly messages: number;
  readonly seed: number;
  readonly senders?: number;
  readonly kills?: number;
  readonly onProgress?: (answered: number) => void;
};

export type Report = Verdict & {
  readonly messages: number;
  readonly repeats: number;
  readonly faults: number;
  readonly faultKinds: number;
  readonly kills: number;
};

/** So many may be unanswered: enough that a kill finds work in every stage. */
const MOST_OUTSTANDING = 24;
const EVERY_FAULT = 9;
const EVERY_REPEAT = 7;
const QUIET_MS = 180_000;

export async function drive({ rig: factory, messages, seed, senders = 6, kills = 2, onProgress }: DriveOptions): Promise<Report> {
  const random = seeded(seed);
  let url: string | undefined;
  const rig = await factory(() => url);
  try {
    await using gateway = await startGateway({ config: configFor(rig) });
    url = gateway.url();
    const said: string[] = [];
    const faults = Object.values(rig.faults);
    const killAt = Array.from({ length: kills }, (_, index) => Math.floor(((index + 1) * messages) / (kills + 1)));
    let [repeats, injected] = [0, 0];
    for (let number = 1; number <= messages; number++) {
      const sender = 1 + random.below(senders);
      const text = `sender ${sender} number ${number}`;
      rig.say(sender, text);
      said.push(text);
      if (number % EVERY_REPEAT === 0) {
        rig.repeat();
        repeats++;
      }
      if (number % EVERY_FAULT === 0) {
        faults[injected++ % faults.length]?.();
      }
      if (killAt.includes(number)) {
        // Wherever it is in its work then.
        await delay(random.below(100));
        url = undefined;
        await gateway.kill();
        await gateway.start();
        url = gateway.url();
      }
      await until('the answers', () => said.length - distinct(rig) < MOST_OUTSTANDING || undefined, QUIET_MS);
      if (number % 50 === 0) onProgress?.(distinct(rig));
    }
    await until('the last answers', () => (distinct(rig) >= said.length && rig.untaken() === 0) || undefined, QUIET_MS).catch(() => {});
    await gateway.stop();
    const verdict = await judge(gateway.stateDir, said, rig.answers());
    return { ...verdict, messages, repeats, faults: injected, faultKinds: faults.length, kills };
  } finally {
    await rig.close();
  }
}

function distinct(rig: Rig): number {
  return new Set(rig.answers().map(({ text }) => text)).size;
}

function configFor({ settings: { gateway, ...settings } }: Rig) {
  return {
    // Here the kills are the point: it must not go into safe mode.
    gateway: { network: { rateLimit: { enabled: false } }, safeMode: { crashes: 0 }, ...(gateway as object | undefined) },
    session: { dmScope: 'per-channel-peer' },
    agents: { defaults: { model: 'echo/echo' } },
    ...settings,
  };
}

export function describeReport(name: string, { messages, repeats, faults, kills, marked, violations }: Report): string {
  const what = `${messages} messages, ${repeats} brought twice, ${faults} faults, ${kills} kills`;
  const how = violations.length === 0 ? 'each answered once and in order' : `VIOLATED: ${violations.slice(0, 10).join('; ')}`;
  return `${name}: ${what}: ${how} (${marked} marked as possibly sent twice)`;
}
