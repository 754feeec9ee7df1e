/** Files on the way of a message: on the disk before the message is in the log, whatever dies in between. */
import type { Attachment, StoredEvent } from '@openclaw-gateway/events';
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import { expect, test } from 'vitest';
import type { Submission } from '../parts.ts';
import { allEvents, createWorld, type Death, startLife, submission, type World } from './pipeline-fixture.ts';

const LONG = { timeoutMs: 5000 };

const file = (content: string, over: Partial<InboundAttachment> = {}): InboundAttachment => ({
  name: 'note.txt',
  mimeType: 'text/plain',
  size: content.length,
  open: async () =>
    (async function* () {
      yield Buffer.from(content);
    })(),
  ...over,
});

const withFiles = (id: string, text: string, ...attachments: readonly InboundAttachment[]): Submission => {
  const made = submission(id, text);
  return { ...made, inbound: { ...made.inbound, attachments } };
};

const attachmentsOf = (events: readonly StoredEvent[]): readonly Attachment[] =>
  events.flatMap((event) => (event.data as { attachments?: readonly Attachment[] }).attachments ?? []);

/** Whatever an event says is there, is there. */
function expectKept(world: World, events: readonly StoredEvent[]): void {
  for (const { hash } of attachmentsOf(events)) if (hash !== undefined) expect(world.files.has(hash)).toBe(true);
}

test('a message is in the log with its files, which are on the disk', async () => {
  const world = createWorld();
  const { pipeline } = startLife(world);
  await pipeline.recover();
  const { messageId } = await pipeline.receive(withFiles('1', 'look', file('one'), file('two', { name: 'b.txt' })));
  await pipeline.outcome(messageId, LONG);
  const events = await allEvents(world.log);
  expect(attachmentsOf(events.filter(({ type }) => type === 'message.received'))).toMatchObject([
    { name: 'note.txt', size: 3 },
    { name: 'b.txt', size: 3 },
  ]);
  expectKept(world, events);
});

test('the files of somebody who may not write are named and never fetched', async () => {
  const world = createWorld('{ channels: { telegram: { botToken: "t", allowFrom: ["7"] } } }');
  const { pipeline } = startLife(world);
  await pipeline.recover();
  let opened = 0;
  const bait = file('bait', {
    open: async () => {
      opened += 1;
      return (async function* () {})();
    },
  });
  expect(await pipeline.receive(withFiles('1', 'take this', bait))).toMatchObject({ status: 'rejected' });
  expect(opened).toBe(0);
  expect(attachmentsOf(await allEvents(world.log))).toMatchObject([{ name: 'note.txt', problem: { code: 'SENDER_NOT_ALLOWED' } }]);
});

test('the same message twice is one, and the same id with another file is refused', async () => {
  const world = createWorld();
  const { pipeline } = startLife(world);
  await pipeline.recover();
  await pipeline.receive(withFiles('1', 'look', file('one')));
  expect(await pipeline.receive(withFiles('1', 'look', file('one')))).toMatchObject({ duplicate: true });
  await expect(pipeline.receive(withFiles('1', 'look', file('longer')))).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
});

test('F dying before and after each step leaves no event whose file is missing, and the message is answered once it comes again', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let at = 1; ; at++) {
      const world = createWorld();
      const death: Death = { at, when };
      const life = startLife(world, death);
      await life.pipeline.recover();
      const said = withFiles('1', 'look', file('one'), file('two'));
      const received = life.pipeline.receive(said).then(({ messageId }) => life.pipeline.outcome(messageId, LONG));
      const ended = await Promise.race([life.dead.then(() => 'dead'), received.then(() => 'lived')]);
      expectKept(world, await allEvents(world.log));
      const next = startLife(world);
      await next.pipeline.recover();
      const { messageId } = await next.pipeline.receive(said);
      expect(messageId).toMatch(/^msg_/);
      await expect.poll(async () => (await allEvents(world.log)).some(({ type }) => type === 'message.delivered')).toBe(true);
      expectKept(world, await allEvents(world.log));
      if (ended === 'lived') break;
    }
  }
});
