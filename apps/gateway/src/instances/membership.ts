/** This instance among those that share a log: whether it is its turn to serve, and what it does until then. */
import { hash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '@openclaw-gateway/db';
import { type Instance, Leadership } from '@openclaw-gateway/db/postgres/leadership';
import { GatewayError } from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import { egress } from '../operations/egress/index.ts';
import type { Logger } from '../operations/logs.ts';
import { type Carrying, leaveFiles, takeFiles } from './carry.ts';
import { identityOf } from './database.ts';
import { type Outage, watchOutage } from './outage.ts';
import { standIn } from './stand-by.ts';

/** Longer than it takes to find out that nobody leads. */
const SOON_MS = 1500;

export type Membership = {
  /** Resolves once it is this instance's turn, all of the log is here and nobody else can add to it; with the port it stood by on. Rejects with `SHUTTING_DOWN` when it was stopped before. */
  readonly turn: (standing: (standBy: StandingBy) => void) => Promise<number>;
  readonly listensOn: (port: number) => void;
  /** Why nothing may be begun just now: another instance may have taken over, or the database is out of reach. */
  readonly refusal: () => GatewayError | undefined;
  /** Keeps whoever waits for the log from waiting longer than the database may be out of reach. */
  readonly inTime: Outage['inTime'];
  /** Resolves when another instance has taken over. */
  readonly lost: Promise<GatewayError>;
  readonly instances: () => Promise<readonly Instance[]>;
  /** No new turn is taken any more. */
  readonly drain: () => void;
  /** Leaves; another takes over at once. */
  readonly close: () => Promise<void>;
};

/** It waits for its turn, and can be told not to. */
export type StandingBy = { readonly url: string; readonly leader: string | undefined; readonly stop: () => Promise<void> };

export async function joinInstances(options: {
  readonly url: string;
  readonly stateDir: string;
  readonly config: Config;
  readonly version: string;
  readonly store: () => Store;
  readonly logger: Logger;
}): Promise<Membership> {
  const { url, stateDir, config, version, store, logger } = options;
  const { host } = config.gateway.network;
  // One that is free by chance is known once it is listened on.
  let { port } = config.gateway.network;
  const { name, address } = identityOf(config);
  const leadership = new Leadership({
    url,
    instance: { instanceId: await instanceIdOf(stateDir), name, version },
    address: () => address(port),
    position: () => store().log.head(),
  });
  let leads = false;
  let carrying: Carrying | undefined;
  const refusal = () => {
    if (!leads) return undefined;
    return store().shared?.away() ?? (leadership.mayAct() ? undefined : new GatewayError('DATABASE_UNAVAILABLE'));
  };
  const outage = watchOutage(refusal, logger);
  // Whoever was paused must not go on with what another may have taken over meanwhile: whether it has is known with the next commit.
  egress.holdWhile(() => (leads && !leadership.mayAct() ? new GatewayError('DATABASE_UNAVAILABLE') : undefined));
  return {
    async turn(standing) {
      leadership.begin();
      const stopped = Promise.withResolvers<void>();
      let epoch = await Promise.race([leadership.leading, delay(SOON_MS)]);
      if (epoch === undefined) {
        // Commands on this machine show themselves with the token of the one that leads.
        await takeFiles(stateDir, leadership);
        const server = await standIn({ host, port, leader: () => leadership.leader() });
        port = server.port;
        const leader = leadership.leader()?.name;
        logger.info({ leader }, 'standing by');
        standing({ url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, leader, stop: async () => stopped.resolve() });
        epoch = await Promise.race([leadership.leading, stopped.promise.then(() => undefined)]);
        await server.close();
        if (epoch === undefined) throw new GatewayError('SHUTTING_DOWN');
      }
      await store().shared?.lead(epoch);
      await takeFiles(stateDir, leadership);
      carrying = leaveFiles(stateDir, leadership, logger);
      leads = true;
      logger.info({ epoch, name }, 'this instance leads');
      return port;
    },
    listensOn: (bound) => {
      port = bound;
    },
    refusal,
    inTime: outage.inTime,
    lost: leadership.lost,
    instances: () => leadership.instances(),
    drain: () => leadership.drain(),
    close: async () => {
      outage.close();
      await carrying?.close();
      await leadership.close();
    },
  };
}

/** The same after a restart, so that nobody waits for a lease of its own; another where the directory was copied to. */
async function instanceIdOf(stateDir: string): Promise<string> {
  const path = join(stateDir, 'instance-id');
  await writeFile(path, randomUUID(), { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const kept = await readFile(path, 'utf8');
  return hash('sha256', [kept, hostname(), resolve(stateDir)].join('\n')).slice(0, 32);
}
