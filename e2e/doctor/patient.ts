/** A state directory with a past, and the doctor that looks at a copy of it. */
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createApi } from '../../apps/gateway/src/cli/api.ts';
import { type Diagnosis, type DoctorOptions, diagnose } from '../../apps/gateway/src/operations/doctor/index.ts';
import { findRunning } from '../../apps/gateway/src/operations/process.ts';
import { statePaths } from '../../apps/gateway/src/operations/state-dir.ts';
import { openStore, type Store } from '../../packages/db/src/index.ts';
import { type GatewayProcess, startGateway } from '../gateway-process.ts';

export type Patient = AsyncDisposable & {
  readonly dir: string;
  /** A folder beside the state directory, for what belongs to the fault. */
  readonly folder: string;
  readonly path: (...parts: readonly string[]) => string;
  readonly configure: (config: object) => Promise<void>;
  /** Changes a database by hand. */
  readonly sql: (file: string, ...statements: readonly string[]) => void;
  /** Writes to the log as a gateway does. */
  readonly write: (act: (store: Store) => Promise<void>) => Promise<void>;
  /** Starts a gateway on it; it ends with the patient. */
  readonly start: (env?: Readonly<Record<string, string>>) => Promise<GatewayProcess>;
  /** Whatever else must be cleaned up. */
  readonly afterwards: (act: () => unknown) => void;
  /** Asks the running gateway as the command does. */
  readonly ask: <T>(path: string, token?: string) => Promise<T>;
  readonly diagnose: (options?: Partial<DoctorOptions>) => Promise<Diagnosis>;
};

/** Makes a state directory by running a real gateway once and talking to it. */
export async function makeHistory(): Promise<{ readonly dir: string } & AsyncDisposable> {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-history-'));
  const config = { gateway: { network: { port: 0 } } };
  await using gateway = await startGateway({ stateDir: dir, config });
  await gateway.json('/api/messages?wait=20s', { method: 'POST', body: JSON.stringify({ from: 'anna', text: 'hello' }) });
  await gateway.stop();
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

export async function makePatient(history: string, home?: string): Promise<Patient> {
  const folder = home ?? (await mkdtemp(join(tmpdir(), 'openclaw-patient-')));
  const dir = join(folder, 'state-dir');
  await cp(history, dir, { recursive: true, preserveTimestamps: true });
  await chmod(dir, 0o700);
  const cleanups: (() => unknown)[] = [];
  const env = { HOME: folder, OPENCLAW_STATE_DIR: dir };
  const paths = statePaths(env);
  const ask = async <T>(path: string, token?: string): Promise<T> => {
    const running = await findRunning(paths.pidFile);
    const own = (await readFile(paths.token, 'utf8').catch(() => '')).trim();
    return await createApi(running?.url ?? 'http://127.0.0.1:1', token ?? own).get<T>(path, {}, 3000);
  };
  return {
    ask,
    dir,
    folder,
    path: (...parts) => join(dir, ...parts),
    configure: async (config) => {
      await writeFile(paths.config, JSON.stringify(config));
      await chmod(paths.config, 0o600);
    },
    sql: (file, ...statements) => {
      const db = new Database(join(paths.databases, file));
      for (const statement of statements) db.exec(statement);
      db.close();
    },
    write: async (act) => {
      const store = await openStore({ dir: paths.databases });
      await act(store);
      await store.waitForViews(store.log.head(), 30_000);
      await store.close();
    },
    start: async (extra = {}) => {
      const gateway = await startGateway({ stateDir: dir, env: { HOME: folder, ...extra } });
      cleanups.push(() => gateway[Symbol.asyncDispose]());
      return gateway;
    },
    afterwards: (act) => void cleanups.push(act),
    diagnose: (options = {}) =>
      diagnose({
        paths,
        env,
        version: '0.1.0',
        scopes: [],
        fix: false,
        ask: (path) => ask(path, options.env?.['OPENCLAW_GATEWAY_TOKEN']),
        ...options,
      }),
    [Symbol.asyncDispose]: async () => {
      for (const cleanUp of cleanups.reverse()) await cleanUp();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The ids of what was found; that the sources are newer than the bundle may well be so where this is tested. */
export function idsOf({ findings }: Pick<Diagnosis, 'findings'>): readonly string[] {
  return [...new Set(findings.map(({ id }) => id))].filter((id) => id !== 'program.not-bundled');
}
