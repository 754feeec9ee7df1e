/** The configuration: what is in force, what was, and how it is changed; and its JSON Schema for editors. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { maskSecrets } from '../../config/secrets.ts';
import { configDiff, configVersionAt, configVersions } from '../../history/config-versions.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { defined, parse, queryNumber, queryPosition, text } from '../validate.ts';

const MAX_VERSIONS = 500;
const moment = () => text(64, 'a position, a time, how long ago, "latest" or a hash');
const change = { baseHash: text(64).optional(), reason: text(500).optional(), dryRun: z.boolean({ error: 'true or false' }).optional() };
const patchBody = z.object(
  {
    op: z.enum(['set', 'unset'], { error: '"set" or "unset"' }),
    path: text(512, 'the path of a key'),
    value: z.unknown().optional(),
    ...change,
  },
  { error: 'an object' },
);
const rollbackBody = z.object({ to: z.union([moment(), z.int().positive().transform(String)]), ...change }, { error: 'an object' });
const versionsQuery = z.object({ limit: queryNumber(1, MAX_VERSIONS).optional(), before: queryPosition().optional() });
const diffQuery = z.object({ from: moment().optional(), to: moment().optional() });

export function configRoutes(app: FastifyInstance, parts: Parts): void {
  const { log } = parts.store;

  app.get('/api/config', async () => {
    const { config, ...snapshot } = parts.config.current();
    return { ...snapshot, config: maskSecrets(config) };
  });

  app.patch('/api/config', async (request) => {
    const { op, path, value, ...edit } = parse(patchBody, request.body);
    const by = { ...asker(callerOf(request)), ...defined(edit) };
    return shown(op === 'set' ? await parts.config.set(path, value, by) : await parts.config.unset(path, by));
  });

  app.post('/api/config/rollback', async (request) => {
    const { to, ...edit } = parse(rollbackBody, request.body);
    const { position, document } = await configVersionAt(log, to);
    return {
      ...shown(await parts.config.rollback({ position, document }, { ...asker(callerOf(request)), ...defined(edit) })),
      to: position,
    };
  });

  app.get('/api/config/versions', async (request) => {
    const { limit = 50, before } = parse(versionsQuery, request.query);
    return configVersions(log, { limit, ...defined({ before }) });
  });

  app.get<{ Params: { at: string } }>('/api/config/versions/:at', (request) => configVersionAt(log, request.params.at));

  app.get('/api/config/diff', async (request) => {
    const { from, to } = parse(diffQuery, request.query);
    if (from !== undefined || to !== undefined) return configDiff(log, from ?? 'latest', to ?? 'latest');
    const { refused, ...unapplied } = await parts.config.unapplied();
    return { ...unapplied, ...(refused && { refused: refused.toBody() }) };
  });
}

/** Open to everybody: an editor that asks for it cannot sign in, and it holds nothing that the documentation does not. */
export function configSchemaRoute(app: FastifyInstance): void {
  let schema: string | undefined;
  app.get('/config.schema.json', async (_request, reply) => {
    schema ??= JSON.stringify((await import('../../config/json-schema.ts')).configJsonSchema());
    return reply.type('application/schema+json; charset=utf-8').header('cache-control', 'max-age=300').send(schema);
  });
}

function asker({ method, actor }: ReturnType<typeof callerOf>) {
  return { actor, source: method === 'session' ? 'dashboard' : 'command' } as const;
}

function shown({ snapshot, changes, restartNeeded }: Awaited<ReturnType<Parts['config']['set']>>) {
  return { hash: snapshot.hash, changes, restartNeeded };
}
