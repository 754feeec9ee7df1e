import { GatewayError } from '@openclaw-gateway/events';
import type { Context } from '../context.ts';
import { paint } from '../output.ts';

type Options = { readonly to?: string; readonly from?: string };

/** Moves the log of this state directory into a database or out of one; no gateway may be running on it. */
export async function moveLog(context: Context, { to, from }: Options): Promise<undefined> {
  const url = to ?? from;
  if (url === undefined || (to !== undefined && from !== undefined)) {
    throw new GatewayError('USAGE', {
      message: 'Say where the log goes: --to a database, or --from one into the state directory.',
      details: { remedy: 'For example `openclaw log move --to postgres://openclaw@db.example.com/openclaw`.' },
    });
  }
  if (!/^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new GatewayError('USAGE', {
      message: `${url.slice(0, 40)} is not the address of a PostgreSQL database.`,
      details: { remedy: 'It looks like postgres://user:password@host:5432/name.' },
    });
  }
  const { moveFromDatabase, moveToDatabase, placeOf } = await import('@openclaw-gateway/db/postgres/move');
  const dir = context.paths.databases;
  const startedAt = performance.now();
  let saidAt = startedAt;
  const onProgress = (events: number): void => {
    if (performance.now() - saidAt < 2000) return;
    saidAt = performance.now();
    context.out.note(`${events.toLocaleString('en')} events …`);
  };
  const { events, hash } = await (to === undefined ? moveFromDatabase : moveToDatabase)({ dir, url, onProgress });
  const seconds = (performance.now() - startedAt) / 1000;
  context.out.result({ ok: true, events, hash, durationMs: Math.round(seconds * 1000) }, () => [
    `${paint('green', '✓')} ${events.toLocaleString('en')} events moved ${to === undefined ? 'from' : 'to'} ${placeOf(url)} in ${seconds.toFixed(1)} s.`,
    `The chain ends in ${hash} on both sides.`,
    to === undefined
      ? 'Take `gateway.database.url` out of the configuration, and OPENCLAW_DATABASE_URL out of the environment, then start the gateway.'
      : 'Set `gateway.database.url`, or OPENCLAW_DATABASE_URL, to it, then start the gateway; the old file takes nothing more.',
  ]);
}
