/** A real PostgreSQL for simulations. */
import { connect, hangUp, migrate } from '@openclaw-gateway/db/postgres/connection';
import { startPostgres } from '../../packages/db/src/testing/postgres.ts';

export type SimulationServer = AsyncDisposable & { readonly url: string };

/** The name of the database with the tables of a log and nothing in them, from which others are made. */
export const TEMPLATE = 'simulated';

/** Starts a server; it is gone when the simulations are over. */
export async function startSimulationServer(): Promise<SimulationServer> {
  // No power is cut here: a process that is killed takes nothing with it that it had written.
  const server = await startPostgres({ settings: { fsync: 'off' } });
  const client = await connect(await server.database(TEMPLATE), 'template');
  await migrate(client);
  await hangUp(client);
  return { url: await server.database('postgres'), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
