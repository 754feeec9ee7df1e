/** Files on the way of a message: on the disk before the message is in the log, whatever dies in between. */
import type { Attachment, StoredEvent } from '@openclaw-gateway/events';
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import { expect, test } from 'vitest';
import { textFile } from '../attachments/testing.ts';
import type { Submission } from '../parts.ts';
import { allEvents, answer, callTool, createWorld, type Death, lastText, startLife, submission, type World } from './pipeline-fixture.ts';

const LONG = { timeoutMs: 5000 };

const file = textFile;

const withFiles = (id: string, text: string, ...attachments: readonly InboundAttachment[]): Submission => {
  const made = submission(id, text);
  return { ...made, inbound: { ...made.inbound, attachments } };
};

const attachmentsOf = (events: readonly StoredEvent[]): readonly Attachment[] =>
  events.flatMap((event) => (event.data as { attachments?: readonly Attachment[] }).attachments ?? []);

/** The agent has a tool that gives a file to go out with the answer. */
function givingWorld(): World {
  const world = createWorld('{ agents: { defaults: { tools: ["x"] } }, channels: { telegram: { botToken: "t", dmPolicy: "open" } } }');
  world.model = (request) => (request.messages.at(-1)?.role === 'tool' ? answer(`re: ${lastText(request)}`) : callTool('c1', 'x'));
  world.whenToolRuns = ({ attach }) => attach?.(file('the report', { name: '../report.txt' })) ?? Promise.resolve();
  return world;
}

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

test('A5 the model is asked with what the files are, by their hashes, also in the next turn', async () => {
  const world = createWorld();
  const { pipeline } = startLife(world);
  await pipeline.recover();
  for (const said of [withFiles('1', '', file('one')), submission('2', 'and?')]) {
    const { messageId } = await pipeline.receive(said);
    await pipeline.outcome(messageId, LONG);
  }
  const [hash] = world.files.keys();
  const first = { role: 'user', text: '', attachments: [{ name: 'note.txt', mimeType: 'text/plain', size: 3, hash }] };
  expect(world.asked.map(({ messages }) => messages[0])).toEqual([first, first]);
  expect(JSON.stringify(world.asked)).not.toContain('att_');
});

test('A6 a file that a tool gave goes out with the answer, by reference and from the disk', async () => {
  const world = givingWorld();
  const { pipeline } = startLife(world);
  await pipeline.recover();
  const { messageId } = await pipeline.receive(submission('1', 'report?'));
  expect(await pipeline.outcome(messageId, LONG)).toMatchObject({ status: 'delivered' });
  const [sent] = world.sent;
  expect(sent?.attachments).toMatchObject([{ mimeType: 'text/plain', size: 10 }]);
  expect(String(await sent?.attachments?.[0]?.bytes())).toBe('the report');
  const events = await allEvents(world.log);
  const [given, ordered] = ['tool.completed', 'delivery.requested'].map((type) =>
    attachmentsOf(events.filter((event) => event.type === type)),
  );
  expect(given).toHaveLength(1);
  expect(ordered).toEqual(given);
});

test('A6 an answer with more files than attachments.maxPerMessage is refused to the tool, not to the sender', async () => {
  const world = givingWorld();
  const problems: unknown[] = [];
  world.whenToolRuns = async ({ attach }) => {
    for (let index = 0; index < 11; index++) await attach?.(file(`${index}`)).catch((error: unknown) => problems.push(error));
  };
  const { pipeline } = startLife(world);
  await pipeline.recover();
  const { messageId } = await pipeline.receive(submission('1', 'all of them'));
  await pipeline.outcome(messageId, LONG);
  expect(problems).toMatchObject([{ code: 'ATTACHMENTS_TOO_MANY' }]);
  expect(world.sent[0]?.attachments).toHaveLength(10);
});

test('F dying at each step of an answer with a file leaves no event whose file is missing, and no file is sent that the log does not know', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let at = 1; ; at++) {
      const world = givingWorld();
      const life = startLife(world, { at, when });
      await life.pipeline.recover();
      const said = submission('1', 'report?');
      const received = life.pipeline.receive(said).then(({ messageId }) => life.pipeline.outcome(messageId, LONG));
      const ended = await Promise.race([life.dead.then(() => 'dead'), received.then(() => 'lived')]);
      expectKept(world, await allEvents(world.log));
      const next = startLife(world);
      await next.pipeline.recover();
      await next.pipeline.receive(said);
      await expect.poll(async () => (await allEvents(world.log)).some(({ type }) => type === 'message.delivered')).toBe(true);
      const events = await allEvents(world.log);
      expectKept(world, events);
      const known = attachmentsOf(events.filter(({ type }) => type === 'delivery.requested')).length;
      expect(world.sent.every(({ attachments = [] }) => attachments.length === known)).toBe(true);
      if (ended === 'lived') break;
    }
  }
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
