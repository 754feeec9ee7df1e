import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { demand } from '../access/authorise.ts';
import { requireFreshProof } from '../access/people/index.ts';
import {
  AUDIT_CLASSES,
  CSV_COLUMNS,
  type ExportJob,
  estimateExport,
  FORMAT_NAMES,
  MASKING_PROFILES,
  type Manifest,
  maskingOf,
  scopeOf,
} from '../export/index.ts';
import { type Context, procedure, router } from './procedure.ts';
import { definedOnly } from './wire.ts';

const scope = z.object({
  query: z.string().max(2000).optional(),
  classes: z.array(z.enum(AUDIT_CLASSES)).max(AUDIT_CLASSES.length).optional(),
  session: z.string().max(128).optional(),
  from: z.string().max(64).optional(),
  to: z.string().max(64).optional(),
});
const order = scope.extend({
  format: z.enum(FORMAT_NAMES),
  columns: z.array(z.enum(CSV_COLUMNS)).min(1).max(CSV_COLUMNS.length).optional(),
  masking: z.enum(MASKING_PROFILES),
  /** Names of fields that are masked besides those that always are. */
  maskedFields: z.array(z.string().min(1).max(64)).max(50).optional(),
  gzip: z.boolean(),
  /** Why, where nothing is masked. */
  reason: z.string().max(500).optional(),
});

const progress = z.object({ events: z.number(), bytes: z.number(), position: z.number(), from: z.number(), to: z.number() });
const job = z.object({
  id: z.string(),
  state: z.enum(['running', 'completed', 'cancelled', 'failed']),
  format: z.enum(FORMAT_NAMES),
  masking: z.enum(MASKING_PROFILES),
  query: z.string(),
  createdBy: z.string(),
  startedAt: z.number(),
  endedAt: z.number().optional(),
  progress: progress.optional(),
  result: z.object({ events: z.number(), bytes: z.number(), manifestHash: z.string() }).optional(),
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).optional(),
});
const named = z.object({ id: z.string().min(1).max(64) });

const feed = z.object({
  state: z.enum(['off', 'starting', 'running', 'failing']),
  destination: z.string().optional(),
  format: z.string().optional(),
  position: z.number().optional(),
  head: z.number().optional(),
  delivered: z.number().optional(),
  lastDeliveredAt: z.number().optional(),
  failures: z.number().optional(),
  problem: z.string().optional(),
});

/** The exports page: what was and is being taken out of the log, and what would be. */
export const exportsRouter = router({
  list: procedure
    .output(
      z.object({
        jobs: z.array(job).readonly(),
        feed,
        defaultMasking: z.enum(MASKING_PROFILES),
        maskedFields: z.array(z.string()).readonly(),
      }),
    )
    .query(({ ctx: { parts } }) => {
      const masking = maskingOf(parts.config.current().config.gateway.logging.audit.masking);
      return {
        jobs: parts.exports.list().map(shownJob),
        feed: { ...parts.auditFeed.status(), head: parts.store.log.head() },
        defaultMasking: masking.profile,
        maskedFields: masking.fields,
      };
    }),

  /** What an export would hold. */
  estimate: procedure
    .input(scope)
    .output(
      z.object({ events: z.number(), more: z.boolean(), oldest: z.number().optional(), newest: z.number().optional(), bytes: z.number() }),
    )
    .query(({ ctx, input, signal }) => estimateExport(ctx.parts.store.views, scopeOf(input, Date.now()).filter, definedOnly({ signal }))),

  start: procedure
    .input(order)
    .output(job)
    .mutation(({ ctx, input }) => {
      const { format, columns, masking: profile, maskedFields = [], gzip, reason, ...asked } = input;
      const { parts, caller } = ctx;
      if (profile === 'none') demandUnmasked(ctx, 'exports.start', reason);
      const masking = maskingOf(parts.config.current().config.gateway.logging.audit.masking);
      const fields = [...new Set([...masking.fields, ...maskedFields])];
      const { filter, query } = scopeOf(asked, Date.now());
      const started = parts.exports.start({
        format,
        gzip,
        filter,
        query,
        ...(format === 'csv' && columns && { columns }),
        masking: { ...masking, profile, fields },
        createdBy: caller.actor,
      });
      return shownJob(started);
    }),

  resume: procedure
    .input(named.extend({ reason: z.string().max(500).optional() }))
    .output(job)
    .mutation(({ ctx, input }) => {
      if (ctx.parts.exports.get(input.id).masking === 'none') demandUnmasked(ctx, 'exports.resume', input.reason);
      return shownJob(ctx.parts.exports.resume(input.id));
    }),

  /** Stops one that runs; removes one that has ended, with its files. */
  cancel: procedure
    .input(named)
    .output(job)
    .mutation(async ({ ctx, input }) => shownJob(await ctx.parts.exports.cancel(input.id))),

  /** The files of a finished export, and what it says of itself. */
  manifest: procedure
    .input(named)
    .output(
      z.object({
        files: z.array(z.object({ name: z.string(), bytes: z.number() })).readonly(),
        manifest: z.custom<Manifest>(),
        signed: z.boolean(),
      }),
    )
    .query(async ({ ctx, input }) => {
      const { state, directory } = ctx.parts.exports.get(input.id);
      if (state !== 'completed') throw new GatewayError('EXPORT_NOT_FOUND');
      const names = await readdir(directory);
      const files = await Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(directory, name))).size })));
      const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as Manifest;
      return { files, manifest, signed: names.includes('manifest.sig') };
    }),
});

/** Whoever takes out what is masked for others may see it, has said why, and is who he is. */
function demandUnmasked({ parts, caller, client }: Context, target: string, reason: string | undefined): void {
  demand(parts, { door: 'dashboard', caller, target, client }, 'content.reveal');
  if (reason === undefined || reason.trim() === '') {
    throw new GatewayError('BAD_REQUEST', { message: 'An export without masking needs a reason.' });
  }
  requireFreshProof(caller);
}

function shownJob({ createdBy, result, ...rest }: ExportJob): z.output<typeof job> {
  return job.parse({ ...rest, createdBy: createdBy.id, ...(result && { result }) });
}
