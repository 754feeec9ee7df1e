/** `openclaw data …`: through the running gateway, or on the files of a stopped one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Actor, GatewayError, type Hold } from '@openclaw-gateway/events';
import type { DataControl, HoldTarget, RetainReport } from '../../retention/data-control.ts';
import type { ErasureReport } from '../../retention/report.ts';
import type { Context } from '../context.ts';
import { formatTime, paint, pairs, plain, shortPath, table } from '../output.ts';

/** Erasing and archiving read the whole log. */
const LONG_MS = 10 * 60_000;
const COMMAND: Actor = { type: 'user', id: 'command-line' };

type Target = { readonly subject?: string; readonly session?: string };
type Reason = { readonly reason: string };

/** Makes a person's data unreadable for good. */
export async function eraseData(
  context: Context,
  options: { readonly subject: string; readonly dryRun?: boolean } & Reason,
): Promise<undefined> {
  const { subject, reason, dryRun = false } = options;
  const api = await context.apiIfRunning();
  const report = api
    ? await api.send<ErasureReport>('POST', '/api/data/erase', { subject, reason, dryRun }, LONG_MS)
    : await withData(context, (data) => data.erase(subject, { reason, dryRun, actor: COMMAND }));
  context.out.result(report, () => describeErasure(report));
}

export async function addHold(context: Context, options: Target & Reason): Promise<undefined> {
  const target = targetOf(options);
  const { reason } = options;
  const api = await context.apiIfRunning();
  const held = api
    ? (await api.send<{ target: HoldTarget }>('POST', '/api/data/holds', { target, reason })).target
    : await withData(context, async (data) => {
        const known = data.target(target);
        await data.hold(known, reason, COMMAND);
        return known;
      });
  context.out.result({ ok: true, target: held }, () => [`${held.id} is held: nothing of it is erased, archived or removed.`]);
}

export async function removeHold(context: Context, options: Target & Reason): Promise<undefined> {
  const target = targetOf(options);
  const { reason } = options;
  const api = await context.apiIfRunning();
  const { target: held, released } = api
    ? await api.send<{ target: HoldTarget; released: boolean }>('POST', '/api/data/holds/release', { target, reason })
    : await withData(context, async (data) => {
        const known = data.target(target);
        return { target: known, released: await data.release(known, reason, COMMAND) };
      });
  context.out.result({ ok: true, target: held, released }, () => [
    released ? `${held.id} is no longer held.` : `There was no hold on ${held.id}.`,
  ]);
}

export async function listHolds(context: Context): Promise<undefined> {
  const api = await context.apiIfRunning();
  const { holds } = api
    ? await api.get<{ holds: readonly Hold[] }>('/api/data/holds')
    : await withData(context, async (data) => ({ holds: await data.holds() }));
  context.out.result({ holds }, () =>
    holds.length === 0
      ? ['No legal holds.']
      : table(
          ['SINCE', 'KIND', 'ID', 'REASON'],
          holds.map(({ since, kind, id, reason }) => [formatTime(since), kind, id, plain(reason)]),
        ),
  );
}

/** Removes what has had its time and archives what is old. */
export async function retainData(context: Context, { dryRun = false }: { readonly dryRun?: boolean }): Promise<undefined> {
  const api = await context.apiIfRunning();
  const report = api
    ? await api.send<RetainReport>('POST', '/api/data/retain', { dryRun }, LONG_MS)
    : await withData(context, (data) => data.retain({ dryRun, actor: COMMAND }));
  context.out.result(report, () => describeRetention(report));
}

/** Opens the files of a stopped gateway for writing, as their one owner. */
async function withData<T>(context: Context, act: (data: DataControl) => Promise<T>): Promise<T> {
  const { databases, dir } = context.paths;
  if (!existsSync(join(databases, 'events.db'))) {
    throw new GatewayError('GATEWAY_UNREACHABLE', {
      message: `The gateway is stopped, and ${shortPath(dir)} has no event log yet.`,
      details: { remedy: 'Start it with `openclaw gateway start`; the log is made then.' },
    });
  }
  const [{ openStore }, { DataControl: Control }, { createAttachments }, { config }] = await Promise.all([
    import('@openclaw-gateway/db'),
    import('../../retention/data-control.ts'),
    import('../../attachments/index.ts'),
    context.config(),
  ]);
  const store = await openStore({ dir: databases });
  try {
    const attachments = await createAttachments({ dir: databases, store, settings: () => config.attachments });
    const data = new Control({ store, config: () => config, now: Date.now, attachments });
    await data.recover(COMMAND);
    return await act(data);
  } finally {
    await store.close();
  }
}

function targetOf({ subject, session }: Target): HoldTarget {
  if ((subject === undefined) === (session === undefined)) {
    throw new GatewayError('USAGE', { message: 'Name one of --session and --subject.' });
  }
  return subject === undefined ? { kind: 'session', id: session ?? '' } : { kind: 'subject', id: subject };
}

function describeErasure(report: ErasureReport): string[] {
  const { subject, dryRun, keyDestroyed, events, sealedEvents, sessions, firstTime, lastTime, holds } = report;
  const outcome = dryRun ? 'Would erase' : keyDestroyed ? 'Erased' : 'Nothing new to erase of';
  return [
    `${paint('bold', outcome)} ${subject}`,
    ...pairs([
      ['Events', `${events}, ${sealedEvents} of them with personal data`],
      ['Sessions', sessions.length === 0 ? 'none' : sessions.join(', ')],
      ...(firstTime && lastTime ? [['From, to', `${firstTime}, ${lastTime}`] as const] : []),
    ]),
    ...(holds.length > 0
      ? [paint('red', 'Forbidden by a legal hold:'), ...holds.map(({ id, reason }) => `  ${id}: ${plain(reason)}`)]
      : []),
    ...describeFiles(report),
    dryRun ? 'Would be removed' : 'Removed',
    ...report.removed.map((line) => `  ${line}`),
    'Cannot be removed by the gateway',
    ...report.notRemoved.map((line) => `  ${line}`),
  ];
}

function describeFiles({ dryRun, attachments: { removed, kept, left } }: ErasureReport): string[] {
  const list = (title: string, files: readonly string[]) => (files.length === 0 ? [] : [title, ...files.map((file) => `  ${file}`)]);
  return [
    ...list(dryRun ? 'Files that would be removed' : 'Files removed', removed),
    ...list("Files kept, because somebody else's messages brought the same", kept),
    ...list('Files that nobody can open any more and that the next `openclaw data retain` removes', left),
  ];
}

function describeRetention(report: RetainReport): string[] {
  const { dryRun, content, debug, removedFromArchive, kept, files, segments } = report;
  const archived = segments.reduce((sum, segment) => sum + segment.events, 0);
  return [
    paint('bold', dryRun ? 'Would be done' : 'Done'),
    ...pairs([
      ['Content removed', `${content} events from before ${report.contentBefore}`],
      ['Debug removed', `${debug} events from before ${report.debugBefore}`],
      ['From the archive', `${removedFromArchive} events`],
      ['Files removed', dryRun ? 'known once it is done' : `${files} that no event needs`],
      ['Kept', `${kept} events, by a hold or an unfinished message`],
      ['Archived', `${archived} events from before ${report.archiveBefore} in ${segments.length} files`],
    ]),
  ];
}
