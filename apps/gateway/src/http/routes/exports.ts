/** Exports of the log: begun, watched, fetched and ended over HTTP. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditExported, GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { requireFreshProof } from '../../access/people/index.ts';

import { AUDIT_CLASSES, FORMAT_NAMES, MASKING_PROFILES, maskingOf, scopeOf } from '../../export/index.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { demandOf } from '../authorise.ts';
import { parse, text } from '../validate.ts';

const names = (max: number) => z.array(text(128), { error: 'a list of names' }).max(max, { error: `at most ${max}` });
const choice = <const T extends readonly [string, ...string[]]>(values: T) => z.enum(values, { error: values.join(', ') });

const order = z.strictObject(
  {
    format: choice(FORMAT_NAMES).default('jsonl'),
    q: text(4000).optional(),
    types: names(200).optional(),
    classes: z.array(choice(AUDIT_CLASSES), { error: 'a list of classes' }).optional(),
    session: text(128).optional(),
    channels: names(50).optional(),
    from: text(64).optional(),
    to: text(64).optional(),
    mask: choice(MASKING_PROFILES).optional(),
    gzip: z.boolean({ error: 'true or false' }).default(false),
  },
  { error: 'an object' },
);
const resumption = z.object({ resume: text(64) });
const recorded = z.object(
  {
    format: choice(FORMAT_NAMES),
    query: z.string({ error: 'a text' }).max(2000, { error: 'at most 2000 characters' }),
    events: z.int({ error: 'a whole number' }).nonnegative({ error: 'a whole number' }),
    manifestHash: z.string({ error: 'a SHA-256' }).regex(/^[0-9a-f]{64}$/, { error: 'a SHA-256 in hexadecimal' }),
  },
  { error: 'an object' },
);
const fileParams = z.object({ id: text(64), name: z.string().regex(/^[\w.-]+$/, { error: 'the name of a file' }) });

export function exportRoutes(app: FastifyInstance, parts: Parts): void {
  const demandUnmasked = (request: FastifyRequest): void => {
    demandOf(request, parts, 'content.reveal');
    requireFreshProof(callerOf(request));
  };

  app.post('/api/exports', async (request, reply) => {
    const { actor } = callerOf(request);
    const again = resumption.safeParse(request.body);
    if (again.success && parts.exports.get(again.data.resume).masking === 'none') demandUnmasked(request);
    if (again.success) return reply.status(202).send(parts.exports.resume(again.data.resume));
    const { format, gzip, mask, q, ...scope } = parse(order, request.body ?? {});
    const masking = maskingOf(parts.config.current().config.gateway.logging.audit.masking);
    const profile = mask ?? masking.profile;
    if (profile === 'none') demandUnmasked(request);
    const job = parts.exports.start({
      format,
      gzip,
      ...scopeOf({ ...scope, query: q }, Date.now()),
      masking: { ...masking, profile },
      createdBy: actor,
    });
    return reply.status(202).send(job);
  });

  app.get('/api/exports', async () => ({ exports: parts.exports.list() }));

  app.get<{ Params: { id: string } }>('/api/exports/:id', async (request) => {
    const job = parts.exports.get(request.params.id);
    const files = job.state === 'completed' ? await filesOf(job.directory) : [];
    return { ...job, files };
  });

  app.get('/api/exports/:id/files/:name', async (request, reply) => {
    const { id, name } = parse(fileParams, request.params);
    const job = parts.exports.get(id);
    if (job.masking === 'none') demandOf(request, parts, 'content.reveal');
    const file = job.state === 'completed' ? (await filesOf(job.directory)).find((candidate) => candidate.name === name) : undefined;
    if (!file) throw new GatewayError('NOT_FOUND');
    return reply
      .header('content-type', 'application/octet-stream')
      .header('content-length', file.bytes)
      .header('content-disposition', `attachment; filename="${id}-${name}"`)
      .send(createReadStream(join(job.directory, name)));
  });

  app.delete<{ Params: { id: string } }>('/api/exports/:id', async (request) => parts.exports.cancel(request.params.id));

  /** What the command line exported beside this gateway. */
  app.post('/api/exports/records', async (request, reply) => {
    const { actor } = callerOf(request);
    await parts.store.log.append({
      events: [{ streamId: 'audit', event: AuditExported.create(parse(recorded, request.body)), metadata: { actor } }],
    });
    return reply.status(201).send({ recorded: true });
  });
}

async function filesOf(directory: string): Promise<{ readonly name: string; readonly bytes: number }[]> {
  const names_ = await readdir(directory).catch(() => []);
  return Promise.all(names_.map(async (name) => ({ name, bytes: (await stat(join(directory, name))).size })));
}
