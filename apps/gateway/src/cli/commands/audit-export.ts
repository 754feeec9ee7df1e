import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type AuditExported, type DataOf, GatewayError, type NewEvent } from '@openclaw-gateway/events';
import {
  type ExportProgress,
  type ExportRequest,
  type FormatName,
  type MaskingProfile,
  maskingOf,
  scopeOf,
  writeExport,
} from '../../export/index.ts';
import type { Context } from '../context.ts';
import { pairs, shortPath } from '../output.ts';
import { VERSION } from '../version.ts';
import { classesOf, listOf, type ScopeArguments } from './audit-list.ts';

type ExportArguments = ScopeArguments & {
  readonly format: FormatName;
  readonly output: string;
  readonly type?: string;
  readonly mask?: MaskingProfile;
  readonly resume?: true;
  readonly gzip?: true;
};

/** What a shell says of a command that was ended by Ctrl+C. */
const EXIT_INTERRUPTED = 130;
const BAR_CELLS = 24;

/**
 * Writes events and the proof of them to a folder. It reads the log itself, beside a running gateway or without one, so the
 * gateway has nothing to do with it but to record it.
 */
export async function exportAudit(context: Context, options: ExportArguments): Promise<number> {
  const request = await requestOf(context, options);
  await mkdir(dirname(request.directory), { recursive: true });
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const bar = progressBar(context);
  const written = await writeExport(request, {
    record: (event) => record(context, event),
    signal: stop.signal,
    onProgress: bar.show,
  }).finally(() => {
    bar.clear();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  });
  if (!written) {
    context.out.result({ cancelled: true, partial: `${request.directory}.partial` }, () => [
      `Cancelled. What was written is in ${shortPath(`${request.directory}.partial`)}; go on with the same command and --resume.`,
    ]);
    return EXIT_INTERRUPTED;
  }
  context.out.result(written, () => [
    `${count(written.events)} events exported to ${shortPath(written.directory)}`,
    ...pairs([
      ['Format', request.format],
      ['Query', request.query === '' ? 'everything' : request.query],
      ['Masking', request.masking.profile],
      ['Size', size(written.bytes)],
      ['Manifest', written.manifestHash],
    ]),
  ]);
  return 0;
}

async function requestOf(context: Context, options: ExportArguments): Promise<ExportRequest> {
  const { databases, dir } = context.paths;
  if (!existsSync(join(databases, 'events.db'))) {
    throw new GatewayError('GATEWAY_UNREACHABLE', {
      message: `${shortPath(dir)} has no event log yet.`,
      details: { remedy: 'Start the gateway with `openclaw gateway start`; the log is made then.' },
    });
  }
  const { config } = await context.configOrDefaults();
  const masking = maskingOf(config.gateway.logging.audit.masking);
  const { query, session, from, to, format, mask } = options;
  const scope = {
    types: listOf(options.type),
    classes: classesOf(options.class),
    channels: listOf(options.channel),
    query,
    session,
    from,
    to,
  };
  const { exportGatewayId } = await import('@openclaw-gateway/db/export/keys');
  return {
    databases,
    directory: resolve(options.output),
    format,
    ...scopeOf(scope, Date.now()),
    masking: { ...masking, profile: mask ?? masking.profile },
    gzip: options.gzip === true,
    resume: options.resume === true,
    version: VERSION,
    gatewayId: exportGatewayId(databases),
    createdBy: { type: 'user', id: 'cli' },
  };
}

/** A running gateway writes it down; a stopped one's log is opened for this one event. */
async function record(context: Context, event: NewEvent): Promise<void> {
  const api = await context.apiIfRunning();
  if (api) {
    await api.send('POST', '/api/exports/records', event.data as DataOf<typeof AuditExported>);
    return;
  }
  const { openStore } = await import('@openclaw-gateway/db');
  const store = await openStore({ dir: context.paths.databases });
  try {
    await store.log.append({ events: [{ streamId: 'audit', event, metadata: { actor: { type: 'user', id: 'cli' } } }] });
  } finally {
    await store.close();
  }
}

/** On a terminal only: elsewhere it would fill a log. */
function progressBar({ out }: Context): { readonly show: (progress: ExportProgress) => void; readonly clear: () => void } {
  const { stderr } = process;
  if (out.json || !stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  const startedAt = performance.now();
  let first: number | undefined;
  return {
    show: ({ events, bytes, position, from, to }) => {
      first ??= events;
      const share = to < from ? 1 : Math.max(0, (position - from + 1) / (to - from + 1));
      const filled = Math.round(share * BAR_CELLS);
      const rate = (events - first) / Math.max(0.001, (performance.now() - startedAt) / 1000);
      const text = `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} ${String(Math.floor(share * 100)).padStart(3)} %  ${count(events)} events  ${size(bytes)}  ${count(Math.round(rate))}/s`;
      stderr.write(`\r\u001b[2K${text.slice(0, stderr.columns - 1)}`);
    },
    clear: () => void stderr.write('\r\u001b[2K'),
  };
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
