import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { GatewayStopped } from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import { Redactor } from '../redact/redactor.ts';
import { SqliteLog } from './log.ts';
import type { FromWriter, ToWriter } from './protocol.ts';

class FakeWriter extends EventEmitter {
  readonly posted: ToWriter[] = [];

  postMessage(message: ToWriter): void {
    this.posted.push(message);
  }

  say(message: FromWriter): void {
    this.emit('message', message);
  }
}

const sizes = { fileBytes: 0, walBytes: 0 };
const request = () => ({ events: [{ streamId: 'a', event: GatewayStopped.create({ reason: 'x', uptimeMs: 1 }) }] });

function logOver(writer: FakeWriter): { log: SqliteLog; heads: number[] } {
  const heads: number[] = [];
  const log = new SqliteLog({
    writer: writer as unknown as Worker,
    ready: { head: 0, sizes },
    reads: { readAll: async () => [], readStream: async () => [], readAt: async () => undefined },
    redactor: new Redactor([]),
    onHead: (head) => heads.push(head),
  });
  return { log, heads };
}

test('sends what is appended in one turn of the event loop in one message', async () => {
  const writer = new FakeWriter();
  const { log, heads } = logOver(writer);
  const appends = Promise.all([log.append(request()), Promise.resolve().then(() => log.append(request())), log.append(request())]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(writer.posted).toMatchObject([{ kind: 'append', requests: [{ id: 1 }, { id: 2 }, { id: 3 }] }]);
  const results = [1, 2, 3].map((id) => [id, { kind: 'stored', first: id, time: 5, versions: [id] }] as const);
  writer.say({ kind: 'results', head: 3, results, sizes });
  expect(await appends).toMatchObject([{ first: 1 }, { first: 3 }, { first: 2 }]);
  expect(heads).toEqual([3]);
  expect(log.head()).toBe(3);
});

test.each([
  ['fails', (writer: FakeWriter) => writer.emit('error', new Error('out of memory'))],
  ['ends', (writer: FakeWriter) => writer.emit('exit', 1)],
])('when the writer %s, what waits is refused and nothing is taken any more', async (_, end) => {
  const writer = new FakeWriter();
  const { log } = logOver(writer);
  const waiting = log.append(request());
  end(writer);
  await expect(log.failed).resolves.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  await expect(waiting).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  await expect(log.append(request())).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  expect(log.stats()).toMatchObject({ pendingEvents: 0, pendingBytes: 0 });
});

test('an append that fails alone leaves the log in use, and one that says the file is lost does not', async () => {
  const writer = new FakeWriter();
  const { log } = logOver(writer);
  const error = { code: 'DISK_LOW', message: 'low', retryable: true, remedy: '' } as const;
  const first = log.append(request());
  writer.say({ kind: 'results', head: 0, results: [[1, { kind: 'failed', error }]], sizes });
  await expect(first).rejects.toMatchObject({ code: 'DISK_LOW' });
  const second = log.append(request());
  const failure = { code: 'LOG_UNAVAILABLE', message: 'lost', retryable: true, remedy: '' } as const;
  expect(await Promise.race([log.failed, 'in use'])).toBe('in use');
  writer.say({ kind: 'results', head: 0, results: [[2, { kind: 'failed', error: failure }]], sizes, failure });
  await expect(log.failed).resolves.toMatchObject({ code: 'LOG_UNAVAILABLE', message: 'lost' });
  await expect(second).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  await expect(log.append(request())).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
});
