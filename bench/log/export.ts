/** How quickly the whole log is exported, with everything unsealed, as `openclaw audit export` does it. Needs no views. */
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stateFiles } from '@openclaw-gateway/db/sqlite/files';
import { loadKeys } from '@openclaw-gateway/db/sqlite/keys';
import { type ExportRequest, type MaskingProfile, writeExport } from '../../apps/gateway/src/export/index.ts';
import type { Result } from '../report.ts';
import { median } from '../statistics.ts';
import type { History } from './history.ts';

const RUNS = 3;

export async function measureExport(history: History): Promise<Result[]> {
  return [
    {
      name: 'export as JSONL, everything unsealed',
      value: await rateOf(history, 'none'),
      unit: '/s',
      limit: { atLeast: 100_000 },
      scales: true,
    },
    { name: 'export as JSONL, masked', value: await rateOf(history, 'default'), unit: '/s' },
  ];
}

async function rateOf(history: History, profile: MaskingProfile): Promise<number> {
  const rates: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const request = requestFor(history, profile);
    await mkdir(dirname(request.directory), { recursive: true });
    const startedAt = performance.now();
    const written = await writeExport(request, { record: async () => undefined });
    const tookMs = performance.now() - startedAt;
    if (written?.events !== history.events) throw new Error(`${written?.events} of ${history.events} events were exported`);
    rates.push((history.events * 1000) / tookMs);
    await rm(request.directory, { recursive: true });
  }
  return median(rates);
}

function requestFor({ stateDir, dir }: History, profile: MaskingProfile): ExportRequest {
  return {
    databases: dir,
    directory: join(stateDir, 'exports', profile),
    format: 'jsonl',
    filter: {},
    query: '',
    masking: { profile, fields: [], charsToKeep: 4 },
    gzip: false,
    resume: false,
    version: '0.0.0',
    // Makes the gateway's secrets where no store was opened before.
    gatewayId: loadKeys(stateFiles(dir).keys).gatewayId,
    createdBy: { type: 'system', id: 'bench' },
  };
}
