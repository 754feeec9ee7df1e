import {
  AuthDenied,
  AuthLogin,
  type DataOf,
  EVENTS,
  eventDefinition,
  MessageReceived,
  newId,
  type StoredEvent,
} from '@openclaw-gateway/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complainAboutCloudEvent, complainAboutHashes, complainAboutOcsf, readCef, readCsv } from '../conformance/validators.ts';
import { cell } from './csv.ts';
import { createFormat, FORMAT_NAMES } from './index.ts';
import { ocsfMapping } from './ocsf-classes.ts';
import { exported, goldenEvents, PRODUCT } from './testing.ts';

const events = goldenEvents();
const lines = (name: (typeof FORMAT_NAMES)[number]) => {
  const format = createFormat(name, PRODUCT);
  return events.map((event) => ({ event, line: format.line(event) }));
};

describe('every type of event of the catalog', () => {
  it('has a golden event here', () => {
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(EVENTS.map(({ type }) => type)));
  });

  it('B16 is a CloudEvent that the schema takes', () => {
    expect(lines('jsonl').flatMap(({ event, line }) => complainAboutCloudEvent(line)?.replace(/^/, `${event.type}: `) ?? [])).toEqual([]);
  });

  it('B16 can be verified from its CloudEvent alone', () => {
    expect(lines('jsonl').flatMap(({ event, line }) => complainAboutHashes(line)?.replace(/^/, `${event.type}: `) ?? [])).toEqual([]);
  });

  it('B16 is an OCSF event that its class takes', () => {
    expect(lines('ocsf').flatMap(({ event, line }) => complainAboutOcsf(line)?.replace(/^/, `${event.type}: `) ?? [])).toEqual([]);
  });

  it('B16 is a row of CSV with a cell for each column', () => {
    const format = createFormat('csv', PRODUCT);
    const rows = readCsv([format.header, ...events.map((event) => format.line(event))].map((line) => `${line}\r\n`).join(''));
    expect(rows).toHaveLength(events.length + 1);
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([rows[0]?.length]));
    const dataAt = rows[0]?.indexOf('data') ?? -1;
    expect(rows.slice(1).map((row) => JSON.parse(row[dataAt] ?? ''))).toEqual(events.map(({ data }) => data));
  });

  it('B16 is a line of CEF with its type, sequence and hash', () => {
    for (const { event, line } of lines('cef')) {
      const { header, extension } = readCef(line);
      expect(header.slice(0, 4)).toEqual(['OpenClaw', 'Gateway', PRODUCT.version, event.type]);
      expect(extension).toMatchObject({
        externalId: event.id,
        cn1: String(event.position),
        cn1Label: 'sequence',
        cs5: event.hash,
        rt: String(event.time),
      });
      expect(Number(header[5])).toBeGreaterThanOrEqual(0);
      expect(Number(header[5])).toBeLessThanOrEqual(10);
    }
  });

  it('says the same whenever it is exported', () => {
    for (const name of FORMAT_NAMES) expect(lines(name).map(({ line }) => line)).toEqual(lines(name).map(({ line }) => line));
  });

  it('is one line in every format', () => {
    for (const name of ['jsonl', 'cef', 'ocsf'] as const) {
      for (const { line } of lines(name)) expect(line).not.toMatch(/[\r\n\u2028\u2029]/);
    }
  });
});

describe('JSONL', () => {
  it('pads the sequence, so that it sorts as text', () => {
    const { line } = lines('jsonl')[0] ?? { line: '{}' };
    expect(JSON.parse(line).sequence).toMatch(/^0{10,}\d+$/);
  });

  it('a change to any hashed part of a line is found', () => {
    const { line } = lines('jsonl').find(({ event }) => event.type === 'message.received') ?? { line: '' };
    expect(complainAboutHashes(line.replace('Lisbon', 'Madrid'))).toBe('the data is not what datahash says');
    expect(complainAboutHashes(line.replace('"streamseq":', '"streamseq":1'))).toBe('the chain does not hold');
  });
});

describe('JSONL and OCSF', () => {
  it.each(['jsonl', 'ocsf'] as const)('%s stays one line whatever a stranger writes', (name) => {
    const golden = events.find(({ type }) => type === 'message.received');
    const { position, streamId, version, time, metadata } = golden as StoredEvent;
    const event = MessageReceived.create({ ...(golden?.data as DataOf<typeof MessageReceived>), text: 'a\u2028b\u2029c\r\nd' });
    const line = createFormat(name, PRODUCT).line(exported({ ...event, position, streamId, version, time, metadata }));
    expect(line).not.toMatch(/[\r\n\u2028\u2029]/);
    const { data = undefined, unmapped = undefined } = JSON.parse(line) as {
      data?: { text: string };
      unmapped?: { data: { text: string } };
    };
    expect((data ?? unmapped?.data)?.text).toBe('a\u2028b\u2029c\r\nd');
    if (name === 'jsonl') expect(complainAboutHashes(line)).toBeUndefined();
  });
});

describe('CSV', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\0=1', '＝1'])('guards %j against being taken for a formula', (text) => {
    expect(readCsv(`${cell(text)}\r\n`)[0]?.[0]).toMatch(/^'/);
  });

  it('a text goes through unchanged but for the guard', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', 'a', '=') }), (a, b) => {
        const [row] = readCsv(`${cell(a)},${cell(b)}\r\n`);
        const back = row?.map((value) => value.replace(/^'(?=[=+\-@\t\r\n\ufffd＝＋－＠])/, ''));
        expect(back).toEqual([a, b].map((text) => text.replaceAll('\0', '\ufffd')));
      }),
    );
  });
});

describe('CEF', () => {
  const format = createFormat('cef', PRODUCT);
  const received = (text: string): StoredEvent => ({
    ...MessageReceived.create({
      messageId: newId('message'),
      channel: 'http',
      account: 'default',
      sender: { id: 'x' },
      peer: { kind: 'direct', id: 'x' },
      text,
    }),
    position: 7,
    streamId: 'session/x',
    version: 1,
    time: 1_700_000_000_000,
    metadata: {},
  });

  it('what a stranger writes can neither end the line nor begin a pair of its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '=', '\\', '|', '\n', '\r', 'outcome=', '\u0085', '\u2028') }), (text) => {
        const { header, extension } = readCef(format.line(exported(received(text))));
        expect(header[3]).toBe('message.received');
        expect(extension['outcome']).toBe('success');
        expect(extension['cn1']).toBe('7');
      }),
    );
  });

  it('puts a denial above a warning', () => {
    const denied = AuthDenied.create({ method: 'token', rule: 'token', problem: { code: 'TOKEN_MISMATCH', message: 'No.' } });
    const { header, extension } = readCef(format.line(exported({ ...received(''), ...denied } as StoredEvent)));
    expect(header[5]).toBe('7');
    expect(extension).toMatchObject({ outcome: 'failure', reason: 'TOKEN_MISMATCH: No.', cat: 'auth', act: 'denied' });
  });

  it('says where a caller came from, in the field for its kind of address', () => {
    const from = (address: string) => {
      const data = { userId: 'usr_1', method: 'link', loginSessionHash: 'h', client: { address, scheme: 'https' } } as const;
      return readCef(format.line(exported({ ...received(''), ...AuthLogin.create(data) } as StoredEvent))).extension;
    };
    expect(from('203.0.113.9')).toMatchObject({ src: '203.0.113.9' });
    expect(from('2001:db8::1')).toMatchObject({ c6a2: '2001:db8::1', c6a2Label: 'sourceAddress' });
    expect(from('[erased]')).not.toHaveProperty('src');
  });
});

describe('OCSF', () => {
  it('names the class for what each aggregate is about', () => {
    expect(ocsfMapping('auth.login')).toMatchObject({ class: { uid: 3002 }, activity: 1 });
    expect(ocsfMapping('config.changed')).toMatchObject({ class: { uid: 3004 }, activity: 3 });
    expect(ocsfMapping('gateway.started')).toMatchObject({ class: { uid: 6002 }, activity: 3 });
    expect(ocsfMapping('tool.requested')).toMatchObject({ class: { uid: 6003 } });
    expect(ocsfMapping('audit.exported')).toMatchObject({ class: { uid: 6005 }, activity: 1 });
  });

  it('keeps what no attribute fits', () => {
    const { line } = lines('ocsf').find(({ event }) => event.type === 'route.decided') ?? { line: '{}' };
    expect(JSON.parse(line).unmapped.data.candidates.length).toBeGreaterThan(0);
  });

  it('has severities that the catalog gives', () => {
    for (const { event, line } of lines('ocsf')) {
      const expected = { debug: 1, info: 1, warn: 3, error: 4 }[eventDefinition(event.type)?.severity ?? 'info'];
      expect(JSON.parse(line).severity_id).toBe(expected);
    }
  });
});
