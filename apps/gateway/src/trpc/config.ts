import { z } from 'zod';
import { documentOf, draftOf, editDraft, mergeDraft, reviewDraft } from '../config/draft.ts';
import type { ConfigUpdate } from '../config/index.ts';
import { maskText, unmaskText } from '../config/masked-text.ts';
import { restoreInText } from '../config/restore.ts';
import { configDiff, configVersionAt, configVersions } from '../history/config-versions.ts';
import { adviceOn } from '../operations/doctor/advice.ts';
import { previewDecisions } from '../replay/preview.ts';
import { configChange, configVersion, decisionsPreview, finding, merge, review, trial } from './config-shapes.ts';
import { procedure, router } from './procedure.ts';
import { problem } from './rows.ts';
import { definedOnly } from './wire.ts';

const LAST_MESSAGES = 1000;
const SHOWN_DECISIONS = 100;
/** Half of what a request may have: two texts fit into one. */
const text = z.string().max(400_000);
const hash = z.string().min(12).max(64);
const moment = z.string().min(1).max(64);
const path = z.array(z.string().max(256)).max(32);
const reason = z.string().min(1).max(500).optional();
const edits = z
  .array(
    z.discriminatedUnion('op', [
      z.object({ op: z.literal('set'), path, value: z.unknown() }),
      z.object({ op: z.literal('unset'), path: path.min(1) }),
    ]),
  )
  .max(100);
const saved = z.object({
  hash: z.string(),
  changes: z.array(configChange),
  restartNeeded: z.array(z.string()),
  trial: trial.optional(),
});

/** The configuration page. Texts of the file have their secrets masked on the way out, and get them back on the way in. */
export const configRouter = router({
  /** The file that is in force, and what of the file on the disk is not. */
  file: procedure
    .output(
      z.object({
        text: z.string(),
        hash: z.string(),
        path: z.string(),
        exists: z.boolean(),
        overrides: z.record(z.string(), z.union([z.string(), z.number()])),
        warnings: z.array(finding),
        unapplied: z.array(configChange.extend({ waitsFor: z.enum(['restart', 'correction']) })),
        refused: problem.optional(),
        trial: trial.optional(),
      }),
    )
    .query(async ({ ctx }) => {
      const { config, configTrials } = ctx.parts;
      const { path: file, exists, warnings } = config.current();
      const { changes, refused } = await config.unapplied();
      const { host, port } = config.overrides();
      return {
        ...draftOf(config),
        path: file,
        exists,
        overrides: definedOnly({ 'gateway.network.host': host, 'gateway.network.port': port }) as Record<string, string | number>,
        warnings: [...warnings],
        unapplied: [...changes],
        ...definedOnly({ refused: refused?.toBody(), trial: configTrials.current() }),
      };
    }),

  /** What a draft would do, and what is wrong or unwise about it. */
  review: procedure
    .input(z.object({ text }))
    .output(review)
    .mutation(async ({ ctx, input }) => {
      const { config, ...found } = await reviewDraft(ctx.parts.config, input.text, ctx.caller);
      return { ...found, advice: config ? [...(await adviceOn(config))] : [] };
    }),

  /** A draft with some keys changed; its comments and order stay. */
  edit: procedure
    .input(z.object({ text, edits }))
    .output(z.object({ text: z.string(), document: z.record(z.string(), z.unknown()).optional() }))
    .mutation(({ input }) => {
      const edited = editDraft(input.text, input.edits);
      return { text: edited, ...definedOnly({ document: documentOf(edited) }) };
    }),

  /** How the last messages would be decided about. */
  impact: procedure
    .input(z.object({ text }))
    .output(decisionsPreview)
    .mutation(async ({ ctx, input, signal }) => {
      const candidate = documentOf(input.text) ?? {};
      const report = await previewDecisions(ctx.parts.store, candidate, { last: LAST_MESSAGES, ...(signal && { signal }) });
      const { changes, unfaithful, ...rest } = report;
      return {
        ...rest,
        changes: changes.slice(0, SHOWN_DECISIONS),
        notShown: Math.max(0, changes.length - SHOWN_DECISIONS),
        unfaithful: unfaithful.length,
      };
    }),

  /** A draft that was begun on another text, on top of the one in force. */
  merge: procedure
    .input(z.object({ base: text, mine: text }))
    .output(merge)
    .mutation(({ ctx, input }) => mergeDraft(ctx.parts.config, input.base, input.mine)),

  /** Puts a draft in force, on trial where that is wished. */
  save: procedure
    .input(z.object({ text, baseHash: hash, reason, trial: z.boolean() }))
    .output(saved)
    .mutation(async ({ ctx, input: { text: draft, trial: onTrial, ...edit } }) => {
      const { config, configTrials } = ctx.parts;
      const change = { op: 'text', text: unmaskText(draft, config.raw()) } as const;
      const by = {
        actor: ctx.caller.actor,
        source: 'dashboard',
        baseHash: edit.baseHash,
        ...definedOnly({ reason: edit.reason }),
      } as const;
      const update = onTrial ? await configTrials.change(change, by) : await config.change(change, by);
      return answer(update, onTrial ? configTrials.current() : undefined);
    }),

  /** The text in force with the keys of an earlier version: what a rollback would write. */
  restored: procedure
    .input(z.object({ to: moment }))
    .output(z.object({ text: z.string(), position: z.number() }))
    .query(async ({ ctx, input }) => {
      const { position, document } = await configVersionAt(ctx.parts.store.log, input.to);
      return { text: maskText(restoreInText(ctx.parts.config.raw(), { position, document })), position };
    }),

  /** Puts an earlier version in force again, as a new one. */
  rollback: procedure
    .input(z.object({ to: moment, baseHash: hash, reason, trial: z.boolean() }))
    .output(saved)
    .mutation(async ({ ctx, input: { to, trial: onTrial, ...edit } }) => {
      const { config, configTrials, store } = ctx.parts;
      const { position, document } = await configVersionAt(store.log, to);
      const change = { op: 'rollback', to: { position, document } } as const;
      const by = {
        actor: ctx.caller.actor,
        source: 'dashboard',
        baseHash: edit.baseHash,
        ...definedOnly({ reason: edit.reason }),
      } as const;
      const update = onTrial ? await configTrials.change(change, by) : await config.change(change, by);
      return answer(update, onTrial ? configTrials.current() : undefined);
    }),

  /** What is on trial stays. */
  confirm: procedure.output(trial).mutation(({ ctx }) => ctx.parts.configTrials.confirm(ctx.caller.actor)),

  /** What is on trial is undone. */
  revert: procedure.output(trial).mutation(({ ctx }) => ctx.parts.configTrials.revert(ctx.caller.actor)),

  /** Every version, the newest first, and how many events were recorded under each. */
  versions: procedure
    .input(z.object({ before: z.int().positive().optional(), limit: z.int().min(1).max(100) }))
    .output(z.object({ versions: z.array(configVersion.extend({ events: z.number() })), next: z.number().optional() }))
    .query(async ({ ctx, input }) => {
      const { log } = ctx.parts.store;
      const { versions, next } = await configVersions(log, { limit: input.limit, ...definedOnly({ before: input.before }) });
      const ends = [input.before ?? log.head() + 1, ...versions.map(({ position }) => position)];
      const listed = versions.map((version, index) => ({
        ...version,
        changes: [...version.changes],
        restartNeeded: [...version.restartNeeded],
        events: (ends[index] ?? 0) - version.position - 1,
      }));
      return { versions: listed, ...definedOnly({ next }) };
    }),

  /** What one version said. */
  version: procedure
    .input(z.object({ at: moment }))
    .output(configVersion.extend({ document: z.record(z.string(), z.unknown()) }))
    .query(async ({ ctx, input }) => {
      const version = await configVersionAt(ctx.parts.store.log, input.at);
      return { ...version, changes: [...version.changes], restartNeeded: [...version.restartNeeded], document: { ...version.document } };
    }),

  /** What a later version has otherwise than an earlier one. */
  diff: procedure
    .input(z.object({ from: moment, to: moment }))
    .output(z.object({ changes: z.array(configChange) }))
    .query(async ({ ctx, input }) => ({ changes: [...(await configDiff(ctx.parts.store.log, input.from, input.to)).changes] })),
});

function answer({ snapshot, changes, restartNeeded }: ConfigUpdate, onTrial: z.infer<typeof trial> | undefined): z.infer<typeof saved> {
  return { hash: snapshot.hash, changes: [...changes], restartNeeded: [...restartNeeded], ...definedOnly({ trial: onTrial }) };
}
