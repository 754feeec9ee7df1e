/** A database of its own for each history, on a server that `startSimulationServer` started. */
import { connect, hangUp } from '@openclaw-gateway/db/postgres/connection';
import type pg from 'pg';
import type { OpenHome } from './log-home.ts';
import { PostgresHome } from './postgres-home.ts';
import { TEMPLATE } from './simulation-server.ts';

export type SimulationDatabase = {
  readonly url: string;
  /** Connected to another database of the server. */
  readonly admin: pg.Client;
  /** Connected to this one, and no process of the simulation. */
  readonly judge: pg.Client;
  /** Whether it can be reached. Connections that there are stay. */
  readonly allowConnections: (may: boolean) => Promise<void>;
  /** Resolves when nobody but the judge is connected, so that nothing happens in it any more. */
  readonly quiet: () => Promise<void>;
  readonly drop: () => Promise<void>;
};

let made = 0;

/** Lets logs lie on the server with this address. */
export function inPostgres(serverUrl: string): OpenHome {
  return async (options) => new PostgresHome(options, await newDatabase(serverUrl));
}

async function newDatabase(serverUrl: string): Promise<SimulationDatabase> {
  const name = `${TEMPLATE}_${process.pid}_${++made}`;
  const url = new URL(serverUrl);
  url.pathname = name;
  const admin = await connect(serverUrl, 'admin');
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  const judge = await connect(url.href, 'judge');
  const others = 'SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND application_name <> $2';
  return {
    url: url.href,
    admin,
    judge,
    allowConnections: async (may) => void (await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${may}`)),
    quiet: async () => {
      while ((await admin.query(others, [name, 'openclaw judge'])).rowCount !== 0);
    },
    drop: async () => {
      await hangUp(judge);
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await hangUp(admin);
    },
  };
}
