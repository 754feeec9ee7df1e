/** How a change of the configuration is asked for, and how what it did is told. */
import { GatewayError } from '@openclaw-gateway/events';
import type { ConfigChange, ConfigUpdate, FileChange } from '../../config/index.ts';
import { notePathIn } from '../../config/note.ts';
import { changeFile } from '../../config/stopped.ts';
import type { Context } from '../context.ts';
import { plain } from '../output.ts';

export type ChangeOptions = { readonly dryRun?: boolean; readonly base?: string; readonly reason?: string };

export type Applied = Pick<ConfigUpdate, 'changes' | 'restartNeeded'> & {
  readonly hash: string;
  readonly running: boolean;
  readonly dryRun: boolean;
};

/** Changes the configuration of the running gateway, else the file of the stopped one. Throws what `ConfigStore.set` throws. */
export async function apply(context: Context, change: FileChange, { dryRun = false, base, reason }: ChangeOptions): Promise<Applied> {
  if (reason !== undefined && (reason.trim() === '' || reason.length > 500)) {
    throw new GatewayError('USAGE', { message: '--reason takes a text of 1 to 500 characters.' });
  }
  const edit = { ...(dryRun && { dryRun }), ...(base !== undefined && { baseHash: base }), ...(reason !== undefined && { reason }) };
  const api = await context.apiIfRunning();
  try {
    if (api) {
      const [method, path, body] =
        change.op === 'rollback'
          ? (['POST', '/api/config/rollback', { to: change.to.position }] as const)
          : (['PATCH', '/api/config', change] as const);
      return { ...(await api.send<Omit<Applied, 'running' | 'dryRun'>>(method, path, { ...body, ...edit })), running: true, dryRun };
    }
    const options = { env: context.env, notePath: notePathIn(context.paths.dir), ...edit };
    return { ...(await changeFile(context.paths.config, change, options)), running: false, dryRun };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'CONFIG_INVALID') throw error;
    throw new GatewayError(error.code, {
      message: error.message,
      details: { ...error.details, remedy: 'Nothing was changed. Set a value that fits.' },
    });
  }
}

/** Prints what a change did. */
export function report(context: Context, unchanged: string, applied: Applied): void {
  const { changes, restartNeeded, hash, running, dryRun } = applied;
  context.out.result({ ok: true, hash, changes, restartNeeded, running, dryRun }, () => {
    if (changes.length === 0) return [unchanged];
    const restart = restartNeeded.length > 0;
    const when = !running
      ? 'The gateway is stopped; this holds from its next start.'
      : restart
        ? 'This takes effect after a restart: `openclaw gateway restart`.'
        : 'In force now.';
    const wouldBe = restart && running ? 'Nothing was changed; this would need a restart.' : 'Nothing was changed.';
    return [...changes.map(describeChange), dryRun ? wouldBe : when];
  });
}

/** `gateway.network.port: 18789 → 8080` */
export function describeChange({ path, before, after }: ConfigChange): string {
  return plain(`${path}: ${shown(before)} → ${shown(after)}`);
}

const shown = (value: unknown) => (value === undefined ? 'not set' : JSON.stringify(value));
