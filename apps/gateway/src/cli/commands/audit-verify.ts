import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { VerifyProgress, VerifyResult } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import type { AttachmentsVerdict } from '../../attachments/verify.ts';
import type { Context } from '../context.ts';
import { paint, pairs, shortPath } from '../output.ts';

type Options = {
  readonly from?: number;
  readonly to?: number;
  readonly witness?: string;
  readonly pubkey?: readonly string[];
  readonly bundle?: string;
  readonly attachments?: true;
};

/** Where a check has ended and whether the running gateway has written that down. */
type Recorded = { readonly recorded: boolean };

/**
 * Checks the log, or with --bundle what was exported of one. The exit code is 1 when something is not what was written. The
 * files are read in this process, not by the gateway: it gives no word on itself.
 */
export async function verifyAudit(context: Context, options: Options): Promise<number> {
  if (options.bundle !== undefined)
    return await (await import('./audit-verify-export.ts')).verifyExported(context, options.bundle, options.pubkey);
  const dir = context.paths.databases;
  if (!existsSync(join(dir, 'events.db'))) {
    throw new GatewayError('LOG_UNAVAILABLE', { message: `${shortPath(context.paths.dir)} has no event log yet.` });
  }
  const { verifyLog } = await import('@openclaw-gateway/db');
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new GatewayError('QUERY_CANCELLED', { message: 'The check was interrupted.' }));
  process.once('SIGINT', interrupt);
  const progress = progressLine();
  try {
    const result = await verifyLog(
      {
        dir,
        ...(options.from !== undefined && { from: options.from }),
        ...(options.to !== undefined && { to: options.to }),
        ...(options.witness !== undefined && { witnessFile: options.witness }),
        ...(options.pubkey && { verifierKeys: options.pubkey }),
      },
      { onProgress: progress.show, signal: stop.signal },
    );
    progress.clear();
    const recorded = await record(context, result);
    const attachments = options.attachments && (await checkFiles(dir));
    context.out.result({ ...result, recorded, ...(attachments && { attachments }) }, () => [
      ...describe(result, { recorded }),
      ...(attachments ? describeFiles(attachments) : []),
    ]);
    return result.ok && attachments?.ok !== false ? 0 : 1;
  } finally {
    progress.clear();
    process.off('SIGINT', interrupt);
  }
}

async function checkFiles(dir: string): Promise<AttachmentsVerdict> {
  const [{ openStoreReadOnly, readPseudonym }, { verifyAttachments }] = await Promise.all([
    import('@openclaw-gateway/db'),
    import('../../attachments/verify.ts'),
  ]);
  const pseudonym = readPseudonym(join(dir, 'keys.db'));
  if (!pseudonym) throw new GatewayError('LOG_UNAVAILABLE', { message: 'The keys (keys.db) are missing, so the files cannot be opened.' });
  const store = await openStoreReadOnly({ dir });
  try {
    return await verifyAttachments(store, dir, pseudonym);
  } finally {
    await store.close();
  }
}

function describeFiles({ files, faults, named }: AttachmentsVerdict): string[] {
  if (faults === 0) return [`${paint('green', '✓')} The files of messages are what came: ${count(files)}.`];
  return [
    `${paint('red', '✗')} ${count(faults)} of ${count(files)} files of messages are not there or not what came:`,
    ...named.map(({ position, id, file, code }) => `  ${code} ${id}, event ${count(position)}, attachments/${file}`),
  ];
}

/** The event `audit.verified`, where a gateway runs to write it. That it cannot be written takes nothing from the result. */
async function record(context: Context, { from, to, hash, break: found }: VerifyResult): Promise<boolean> {
  try {
    const api = await context.apiIfRunning();
    if (!api) return false;
    await api.send('POST', '/api/audit/verified', {
      from,
      to,
      hash,
      ...(found && { firstBadPosition: found.position, problem: found.message }),
    });
    return true;
  } catch (error) {
    context.out.note(`The gateway did not record this check: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

function describe(result: VerifyResult, { recorded }: Recorded): string[] {
  const { from, to, checkpoints, witnessed, witnessedTo, checkpointedTo, archivedBodies, removedBodies, break: found } = result;
  const events = to < from ? 'no new events' : `events ${count(from)} to ${count(to)}`;
  const facts: [string, string][] = [
    ['Checkpoints', checkpoints > 0 ? `${count(checkpoints)} good, the last at ${count(checkpointedTo)}` : 'none in this range'],
    ['Witness', witnessed > 0 ? `${count(witnessed)} checkpoints agree, the last at ${count(witnessedTo)}` : 'none'],
    ['Root', result.root],
    ['Took', `${(result.durationMs / 1000).toFixed(1)} s`],
  ];
  if (archivedBodies > 0) facts.push(['Archived', `${count(archivedBodies)} bodies lie in segments`]);
  if (removedBodies > 0) facts.push(['Removed', `${count(removedBodies)} bodies are gone because their time was over`]);
  const recordedAs = recorded ? [paint('dim', 'Recorded as audit.verified.')] : [];
  if (!found) {
    const limits = result.limits.map((limit) => `${paint('yellow', '!')} ${limit}`);
    return [`${paint('green', '✓')} The log is what was written: ${events}.`, ...pairs(facts), ...limits, ...recordedAs];
  }
  const where = found.through === undefined ? count(found.position) : `${count(found.position)} to ${count(found.through)}`;
  return [
    `${paint('red', '✗')} ${found.message}`,
    ...pairs([
      ['First bad', where],
      ['Reason', found.reason],
      ['Expected', found.expected],
      ['Found', found.actual],
      ['Good up to', count(Math.max(0, found.position - 1))],
    ]),
    'What to do: stop the gateway, keep a copy of the state directory as it is, and restore a backup that verifies.',
    ...recordedAs,
  ];
}

/** One line on a terminal that is written over. Nothing elsewhere. */
function progressLine(): { readonly show: (progress: VerifyProgress) => void; readonly clear: () => void } {
  const isTerminal = process.stderr.isTTY === true;
  let shown = false;
  return {
    show: ({ from, position, to }) => {
      if (!isTerminal) return;
      const share = to < from ? 100 : Math.floor(((position - from + 1) / (to - from + 1)) * 100);
      process.stderr.write(`\r\u001b[KChecking… ${count(position)} of ${count(to)} (${share} %)`);
      shown = true;
    },
    clear: () => {
      if (shown) process.stderr.write('\r\u001b[K');
      shown = false;
    },
  };
}

function count(value: number): string {
  return value.toLocaleString('en');
}
