import { GatewayError } from '@openclaw-gateway/events';
import { databaseOf } from '../../instances/database.ts';
import type { Context } from '../context.ts';
import { formatAgo, paint, table } from '../output.ts';

/** The instances that share the log of this state directory's configuration; asked of the database itself. */
export async function gatewayInstances(context: Context): Promise<undefined> {
  const { config } = await context.configOrDefaults();
  const database = databaseOf(config, context.env);
  if (!database) {
    throw new GatewayError('USAGE', {
      message: 'This gateway does not share its log: there is only this one.',
      details: { remedy: 'Several instances need a database: see docs/instances.md.' },
    });
  }
  const { listInstances } = await import('@openclaw-gateway/db/postgres/leadership');
  const instances = await listInstances(database.url);
  const head = Math.max(0, ...instances.map(({ position }) => position));
  context.out.result({ ok: true, instances }, () => [
    ...table(
      ['NAME', 'STATE', 'ADDRESS', 'VERSION', 'BEHIND', 'SEEN', 'STARTED'],
      instances.map(({ name, state, address, version, position, silentMs, startedAt }) => [
        name,
        paint(state === 'leading' ? 'green' : state === 'gone' ? 'red' : 'dim', WORDS[state]),
        address,
        version,
        head === position ? '' : `${head - position} events`,
        silentMs < 2000 ? 'now' : formatAgo(Date.now() - silentMs),
        formatAgo(startedAt),
      ]),
    ),
    ...(instances.some(({ state }) => state === 'leading') ? [] : [paint('yellow', 'None leads just now.')]),
  ]);
}

const WORDS = { leading: 'leads', standing_by: 'stands by', draining: 'leaves', gone: 'gone' } as const;
