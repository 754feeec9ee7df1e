import { GatewayError } from '@openclaw-gateway/events';
import { canonicalPath } from '../../config/aliases.ts';
import { parsePath, valueAt } from '../../config/path.ts';
import { configAt } from '../../history/config-at.ts';
import { momentOf } from '../../history/moment.ts';
import type { Context } from '../context.ts';
import { withStore } from '../stopped-store.ts';

/** A key as it was set at a moment, or everything that was; secrets were never kept. */
export async function getConfigAt(context: Context, at: string, path: string | undefined): Promise<undefined> {
  const { position, hash, document } = await withStore(context, async ({ log }) => {
    const moment = await momentOf(log, at);
    return { position: moment.position, ...(await configAt(log, moment)) };
  });
  if (!document) {
    const message = hash
      ? `The log has only the hash of the configuration at position ${position}: ${hash}.`
      : `No configuration was recorded up to position ${position}.`;
    throw new GatewayError('RECORDING_INCOMPLETE', { message, details: { position } });
  }
  const keyPath = path === undefined ? [] : canonicalPath(parsePath(path));
  const value = path === undefined ? document : valueAt(document, keyPath);
  if (value === undefined) {
    throw new GatewayError('CONFIG_KEY_UNSET', {
      message: `${path} was not set at position ${position}; its default held.`,
      details: { path, position },
    });
  }
  context.out.result(value, () => [typeof value === 'string' ? value : JSON.stringify(value, null, 2)]);
}
