/** Knows the file of OpenClaw itself, which has the same name and place as ours, by the keys that only it has. */
import { parsePath, valueAt } from './path.ts';

const ONLY_THERE = [
  'agents.list',
  'agents.ownership',
  'agents.defaults.workspace',
  'browser',
  'cron',
  'diagnostics',
  'gateway.controlUi',
  'gateway.mode',
  'gateway.nodes',
  'gateway.reload',
  'gateway.remote',
  'gateway.tools',
  'gateway.trustedProxies',
  'hooks.internal',
  'hooks.mappings',
  'mcp',
  'messages.queue',
  'meta',
  'models.mode',
  'plugins',
  'secrets',
  'session.maintenance',
  'session.reset',
  'skills',
  'tools.profile',
  'wizard',
].map(parsePath);

/** What to do with such a file. */
export const FOREIGN_REMEDY =
  'This looks like the file of OpenClaw itself. `openclaw config import <file> --dry-run` shows what this gateway can take over from it; without --dry-run it writes that.';

/** Whether a document, as it is written or with its aliases read, is the file of OpenClaw itself. */
export function isForeign(document: unknown): boolean {
  return ONLY_THERE.some((path) => valueAt(document, path) !== undefined);
}
