import { once } from 'node:events';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const PROGRAM = `
  const { parentPort } = require('node:worker_threads');
  const { readlinkSync } = require('node:fs');
  import(${JSON.stringify(import.meta.resolve('./thread-rank.ts'))}).then(({ yieldToMessages }) => {
    yieldToMessages();
    parentPort.postMessage(Number(readlinkSync('/proc/thread-self').split('/').at(-1)));
    parentPort.once('message', () => {});
  });
`;

test('A7 a thread whose work may take long gives way, and no other does', async () => {
  const worker = new Worker(PROGRAM, { eval: true });
  const [thread] = (await once(worker, 'message')) as [number];
  expect([getPriority(thread), getPriority(process.pid)]).toEqual([Math.min(getPriority(process.pid) + 10, 19), getPriority(process.pid)]);
  await worker.terminate();
});
