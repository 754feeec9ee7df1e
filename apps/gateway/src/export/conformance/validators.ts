/** What an export must satisfy in the eyes of those who know nothing of the code that wrote it. */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chainHash } from '@openclaw-gateway/db';
import { idToBytes } from '@openclaw-gateway/events';
import { Ajv2020 } from 'ajv/dist/2020.js';

export type Complaint = { readonly line: number; readonly problem: string };

const ajv = new Ajv2020({ strict: false });
const schema = (name: string) => ajv.compile(JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as object);
const cloudEvent = schema('cloudevents.schema.json');
const ocsfEvent = schema('ocsf.schema.json');

export function complainAboutCloudEvent(line: string): string | undefined {
  const event: unknown = JSON.parse(line);
  return cloudEvent(event) ? undefined : ajv.errorsText(cloudEvent.errors);
}

const CLASS_NAMES: Readonly<Record<number, string>> = {
  3001: 'account_change',
  3002: 'authentication',
  3004: 'entity_management',
  6002: 'application_lifecycle',
  6003: 'api_activity',
  6005: 'datastore_activity',
};

export function complainAboutOcsf(line: string): string | undefined {
  const event: unknown = JSON.parse(line);
  if (ocsfEvent(event)) return undefined;
  const uid = (event as { readonly class_uid?: number }).class_uid ?? 0;
  // Why it is none of the other classes, nobody wants to know.
  const name = CLASS_NAMES[uid] ?? '';
  const errors = (ocsfEvent.errors ?? []).filter(({ schemaPath }) => schemaPath.includes(name));
  return `class ${uid}: ${ajv.errorsText(errors.length > 0 ? errors : ocsfEvent.errors)}`;
}

type ChainedLine = {
  readonly id: string;
  readonly type: string;
  readonly partitionkey: string;
  readonly sequence: string;
  readonly streamseq: number;
  readonly schemaversion: number;
  readonly time: string;
  readonly metadata: string;
  readonly prevhash: string;
  readonly eventhash: string;
  readonly datahash: string;
  readonly datasalt?: string;
};

/** Computes the hashes of a line again from nothing but the line, as docs/audit-export.md says. */
export function complainAboutHashes(line: string): string | undefined {
  const event = JSON.parse(line) as ChainedLine;
  const dataHash = Buffer.from(event.datahash, 'hex');
  if (event.datasalt !== undefined) {
    const body = line.slice(line.indexOf(`"datasalt":"${event.datasalt}","data":`) + `"datasalt":"${event.datasalt}","data":`.length, -1);
    if (hash('sha256', Buffer.concat([Buffer.from(event.datasalt, 'hex'), Buffer.from(body)])) !== event.datahash)
      return 'the data is not what datahash says';
  }
  const expected = chainHash(Buffer.from(event.prevhash, 'hex'), {
    position: Number(event.sequence),
    streamId: event.partitionkey,
    version: event.streamseq,
    type: event.type.replace(/^ai\.openclaw\./, '').replace(/\.v\d+$/, ''),
    schemaVersion: event.schemaversion,
    time: Date.parse(event.time),
    eventId: idToBytes('event', event.id),
    dataHash,
    metadata: event.metadata,
  });
  return expected.toString('hex') === event.eventhash ? undefined : 'the chain does not hold';
}

/** Reads RFC 4180 character by character. Throws where a reader would be lost. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      at += 1;
      for (;;) {
        const end = text.indexOf('"', at);
        if (end < 0) throw new Error(`row ${rows.length}: a quote is not closed`);
        cell += text.slice(at, end);
        at = end + 1;
        if (text[at] !== '"') break;
        cell += '"';
        at += 1;
      }
    } else {
      const end = text.slice(at, at + 100_000).search(/[,\r\n"]/);
      cell = end < 0 ? text.slice(at) : text.slice(at, at + end);
      at += cell.length;
      if (text[at] === '"') throw new Error(`row ${rows.length}: a quote inside a plain cell`);
    }
    row.push(cell);
    if (text[at] === ',') {
      at += 1;
    } else if (text.startsWith('\r\n', at)) {
      at += 2;
      rows.push(row);
      row = [];
    } else if (at < text.length) {
      throw new Error(`row ${rows.length}: neither a comma nor a line end after a cell`);
    }
  }
  if (row.length > 0) throw new Error('the last row has no line end');
  return rows;
}

export type CefEvent = { readonly header: readonly string[]; readonly extension: Readonly<Record<string, string>> };

/** Reads a line of CEF as a receiver would: the header by its pipes, then pairs whose keys stand before an unescaped equals sign. */
export function readCef(line: string): CefEvent {
  if (!line.startsWith('CEF:0|')) throw new Error('not CEF');
  const header: string[] = [];
  let field = '';
  let at = 'CEF:0|'.length;
  for (; header.length < 6; at++) {
    const char = line[at];
    if (char === undefined) throw new Error('the header is cut');
    if (char === '\\') field += line[++at] ?? '';
    else if (char !== '|') field += char;
    else {
      header.push(field);
      field = '';
    }
  }
  const extension: Record<string, string> = {};
  const rest = line.slice(at);
  const keys = [...rest.matchAll(/(?:^| )([A-Za-z0-9_]+)(?<!\\)=/g)];
  keys.forEach((match, index) => {
    const value = rest.slice((match.index ?? 0) + match[0].length, keys[index + 1]?.index ?? rest.length);
    const key = match[1] ?? '';
    if (key in extension) throw new Error(`${key} stands there twice`);
    if (/(?<!\\)(\\\\)*=/.test(value.replaceAll('\\\\', ''))) throw new Error(`${key} has an equals sign that is not escaped`);
    extension[key] = value.replaceAll(/\\([\\=nr])/g, (_, char: string) => ({ n: '\n', r: '\r' })[char] ?? char);
  });
  return { header, extension };
}
