import { expect, onTestFinished, test, vi } from 'vitest';
import { type Connect, ReadLane } from './lane.ts';
import type { FromReader, ReadRequest } from './protocol.ts';

/** Threads that do only what the test says. */
function fakeThreads(): {
  connect: Connect;
  asked: ReadRequest[];
  cancelled: number[];
  started: () => number;
  reply: (reply: FromReader) => void;
  die: () => void;
} {
  const asked: ReadRequest[] = [];
  const cancelled: number[] = [];
  let started = 0;
  let listener: Parameters<Connect>[0] | undefined;
  return {
    asked,
    cancelled,
    started: () => started,
    reply: (reply) => listener?.reply(reply),
    die: () => listener?.lost(new Error('it ended')),
    connect: (to) => {
      started += 1;
      listener = to;
      return {
        post: (request) => void (request.kind === 'read' ? asked.push(request) : cancelled.push(request.id)),
        close: async () => to.lost(new Error('closed')),
      };
    },
  };
}

test('answers each read with its own reply, in whatever order they come', async () => {
  const threads = fakeThreads();
  const lane = new ReadLane(threads.connect);
  const reads = [lane.read('message', 'msg_a'), lane.read('message', 'msg_b')];
  for (const { id, values } of threads.asked.toReversed()) threads.reply({ kind: 'reply', id, value: values[0] });
  expect(await Promise.all(reads)).toEqual(['msg_a', 'msg_b']);
});

test('an answer that takes too long is given up, and what comes afterwards is ignored', async () => {
  const threads = fakeThreads();
  const lane = new ReadLane(threads.connect, 1);
  const first = lane.read('readAt', 1);
  threads.reply({ kind: 'reply', id: threads.asked[0]?.id ?? 0, value: 'in time' });
  expect(await first).toBe('in time');
  await expect(lane.read('readAt', 1)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  for (const { id } of threads.asked) threads.reply({ kind: 'reply', id, value: 'late' });
});

test('the time that a thread takes to start is not counted', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const threads = fakeThreads();
  const lane = new ReadLane(threads.connect, 2000);
  const first = lane.read('readAt', 1);
  vi.advanceTimersByTime(10_000);
  threads.reply({ kind: 'reply', id: threads.asked[0]?.id ?? 0, value: 'started' });
  expect(await first).toBe('started');
  const second = expect(lane.read('readAt', 1)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  vi.advanceTimersByTime(2000);
  await second;
});

test('no more than 1,000 reads wait', async () => {
  const threads = fakeThreads();
  const lane = new ReadLane(threads.connect, 60_000);
  const reads = Array.from({ length: 1000 }, () => lane.read('readAt', 1));
  await expect(lane.read('readAt', 1)).rejects.toMatchObject({ code: 'OVERLOADED' });
  for (const { id } of threads.asked) threads.reply({ kind: 'reply', id });
  await Promise.all(reads);
  const next = lane.read('readAt', 1);
  threads.reply({ kind: 'reply', id: threads.asked.at(-1)?.id ?? 0, value: 'again' });
  expect(await next).toBe('again');
});

test('a thread that ends fails what it was asked, and the next read has a new one', async () => {
  const threads = fakeThreads();
  const lane = new ReadLane(threads.connect, 60_000);
  const lost = lane.read('session', 'ses_a');
  threads.die();
  await expect(lost).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
  const next = lane.read('session', 'ses_a');
  expect(threads.started()).toBe(2);
  threads.reply({ kind: 'reply', id: threads.asked.at(-1)?.id ?? 0, value: 'found' });
  expect(await next).toBe('found');
});

test('what waits when it closes is told so, and nothing more is taken', async () => {
  const threads = fakeThreads();
  const lane = new ReadLane(threads.connect, 60_000);
  const waiting = expect(lane.read('readAt', 1)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  await lane.close();
  await waiting;
  await expect(lane.read('readAt', 1)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
});

test('a read that nobody waits for any more is rejected at once, and the thread is told', async () => {
  const threads = fakeThreads();
  const lane = new ReadLane(threads.connect);
  const gone = new AbortController();
  const read = lane.readUntil(gone.signal, 'events', {}, { limit: 1 });
  gone.abort();
  await expect(read).rejects.toMatchObject({ code: 'QUERY_CANCELLED' });
  expect(threads.cancelled).toEqual(threads.asked.map(({ id }) => id));
  await expect(lane.readUntil(gone.signal, 'events', {}, { limit: 1 })).rejects.toMatchObject({ code: 'QUERY_CANCELLED' });
  expect(threads.asked).toHaveLength(1);
});
