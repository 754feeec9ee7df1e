/** A `tailscale` program for the PATH of a gateway, whose machine stands as a test says, and which keeps what it was called with. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TailscaleState, takeTurn, writeState } from './tailscale-state.ts';

export type { TailscaleState } from './tailscale-state.ts';

const READY: TailscaleState = {
  daemon: true,
  backend: 'Running',
  authUrl: '',
  operator: true,
  https: true,
  funnel: true,
  asks: false,
  machine: 'desk',
  hostname: '',
  acceptRoutes: true,
  exitNode: false,
  serve: {},
};

export type TailscaleStandIn = AsyncDisposable & {
  /** What a gateway needs in its environment to find it. */
  readonly env: { readonly PATH: string };
  readonly state: () => Promise<TailscaleState>;
  /** Changes how the machine stands. */
  readonly become: (change: Partial<TailscaleState>) => Promise<void>;
  /** The commands that were given, as one would type them, without those that only look. */
  readonly changes: () => Promise<string[]>;
  /** The names in the environment of the last call. */
  readonly environment: () => Promise<readonly string[]>;
};

export async function installTailscale(initial: Partial<TailscaleState> = {}): Promise<TailscaleStandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'tailscale-'));
  const bin = join(folder, 'bin');
  const file = join(folder, 'state.json');
  writeState(file, { ...structuredClone(READY), ...initial });
  await writeFile(join(folder, 'calls.jsonl'), '');
  await mkdir(bin);
  const program = join(import.meta.dirname, 'tailscale-program.ts');
  await writeFile(join(bin, 'tailscale'), `#!/bin/sh\nexec '${process.execPath}' --no-warnings '${program}' '${folder}' "$@"\n`);
  await chmod(join(bin, 'tailscale'), 0o755);

  const state = async () => JSON.parse(await readFile(file, 'utf8')) as TailscaleState;
  const calls = async () =>
    (await readFile(join(folder, 'calls.jsonl'), 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { readonly args: readonly string[]; readonly environment: readonly string[] });
  return {
    env: { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` },
    state,
    become: async (change) => {
      const release = takeTurn(folder);
      writeState(file, { ...(await state()), ...change });
      release();
    },
    changes: async () => (await calls()).map(({ args }) => args.join(' ')).filter((line) => !/^(status|debug)|status --json$/.test(line)),
    environment: async () => (await calls()).at(-1)?.environment ?? [],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
