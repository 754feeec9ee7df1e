/**
 * Exports many events with hostile contents in every format and has each file judged by a reader that knows nothing of the
 * writer: the JSON schemas, Python's csv module, and a parser of CEF in Python.
 *
 * npm run test:exports -- --events 100000
 */
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { complainAboutCloudEvent, complainAboutHashes, complainAboutOcsf } from '../../apps/gateway/src/export/conformance/validators.ts';
import { FORMAT_NAMES, type FormatName, writeExport } from '../../apps/gateway/src/export/index.ts';
import { fillLog } from './hostile-log.ts';

const { values } = parseArgs({ options: { events: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } } });
const wanted = Number(values.events);
const PYTHON = join(import.meta.dirname, 'read_back.py');

const dir = await mkdtemp(join(tmpdir(), 'openclaw-exports-'));
try {
  const { events, gatewayId } = await fillLog(join(dir, 'state'), wanted, Number(values.seed));
  console.log(`${events} events, seed ${values.seed}`);
  for (const format of FORMAT_NAMES) {
    const file = await exportAs(format, gatewayId);
    const complaints =
      format === 'jsonl' || format === 'ocsf' ? await judgeLines(format, file, events) : judgeByPython(format, file, events);
    console.log(`${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${format}: ${complaints.length} complaints`);
    for (const complaint of complaints.slice(0, 10)) console.log(`     ${complaint}`);
    if (complaints.length > 0) process.exitCode = 1;
  }
} finally {
  await rm(dir, { recursive: true, force: true });
}

async function exportAs(format: FormatName, gatewayId: string): Promise<string> {
  const directory = join(dir, format);
  const startedAt = performance.now();
  const written = await writeExport(
    {
      databases: join(dir, 'state'),
      directory,
      format,
      filter: {},
      query: '',
      masking: { profile: 'none', fields: [], charsToKeep: 4 },
      gzip: false,
      resume: false,
      version: '0.0.0',
      gatewayId,
      createdBy: { type: 'system', id: 'conformance' },
    },
    { record: async () => undefined },
  );
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`     ${format}: ${Math.round((written?.events ?? 0) / seconds).toLocaleString('en-US')} events/s`);
  return join(directory, `events.${format === 'ocsf' ? 'ocsf.jsonl' : format}`);
}

async function judgeLines(format: 'jsonl' | 'ocsf', file: string, events: number): Promise<string[]> {
  const complaints: string[] = [];
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    count += 1;
    const complaint = format === 'ocsf' ? complainAboutOcsf(line) : (complainAboutCloudEvent(line) ?? complainAboutHashes(line));
    if (complaint) complaints.push(`line ${count}: ${complaint}`);
  }
  if (count !== events) complaints.push(`${count} lines for ${events} events`);
  return complaints;
}

function judgeByPython(format: 'csv' | 'cef', file: string, events: number): string[] {
  const output = execFileSync('python3', [PYTHON, format, file, String(events)], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(output) as string[];
}
