import { createPublicKey } from 'node:crypto';
import type { Checkpoint } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import type { Context } from '../context.ts';
import { withStore } from '../stopped-store.ts';

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

type Newest = { readonly verifierKey: string; readonly checkpoint: Checkpoint | undefined };

/** The newest checkpoint as the signed note that anyone can keep and check. Throws NOT_FOUND when there is none yet. */
export async function printCheckpoint(context: Context): Promise<undefined> {
  const { verifierKey, checkpoint } = await newest(context);
  if (!checkpoint)
    throw new GatewayError('NOT_FOUND', { message: 'There is no checkpoint yet: the first is made a second after the first event.' });
  context.out.result({ verifierKey, ...checkpoint }, () => [checkpoint.note.trimEnd()]);
}

/** The key that checkpoints are checked with, as C2SP writes it; with --json as PEM, too. */
export async function printPubkey(context: Context): Promise<undefined> {
  const { verifierKey } = await newest(context);
  context.out.result({ verifierKey, pem: pemOf(verifierKey) }, () => [verifierKey]);
}

async function newest(context: Context): Promise<Newest> {
  const api = await context.apiIfRunning();
  if (api) {
    const { verifierKey, checkpoints } = await api.get<{ verifierKey: string; checkpoints: readonly Checkpoint[] }>(
      '/api/audit/checkpoints',
      { limit: 1 },
    );
    return { verifierKey, checkpoint: checkpoints[0] };
  }
  return await withStore(context, async ({ checkpoints }) => {
    if (!checkpoints) throw new GatewayError('LOG_UNAVAILABLE', { message: 'The file with the key of this log (keys.db) is missing.' });
    return { verifierKey: checkpoints.verifierKey, checkpoint: await checkpoints.latest() };
  });
}

function pemOf(verifierKey: string): string {
  const raw = Buffer.from(verifierKey.split('+').slice(2).join('+'), 'base64').subarray(1);
  return createPublicKey({ key: Buffer.concat([ED25519_SPKI, raw]), format: 'der', type: 'spki' })
    .export({ format: 'pem', type: 'spki' })
    .toString();
}
