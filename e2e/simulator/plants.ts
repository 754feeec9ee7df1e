/**
 * Bugs that are planted to see whether the simulator finds them: each changes a few words of the real source while a worker loads it,
 * so the product knows nothing of them. A plant whose words are no longer in the source throws, and says so.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Edit = { readonly file: string; readonly find: string; readonly replace: string };
/** Where the logs lie in whose histories a bug shows. */
export type PlantedLog = 'disk' | 'postgres';
export type Plant = { readonly name: string; readonly log: PlantedLog; readonly edits: readonly Edit[] };

const ROOT = join(import.meta.dirname, '../..');
const PIPELINE = 'apps/gateway/src/pipeline';
const LOG = 'e2e/simulator/disk-log.ts';
const SHARED_LOG = 'packages/db/src/postgres/shared-log.ts';
const SHARED_WRITER = 'packages/db/src/postgres/shared-writer.ts';

const plant = (name: string, ...edits: readonly Edit[]): Plant => ({ name, log: 'disk', edits });
const plantInPostgres = (name: string, ...edits: readonly Edit[]): Plant => ({ name, log: 'postgres', edits });
const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

export const PLANTS: readonly Plant[] = [
  plant(
    'an append is answered before it is safe',
    edit(
      LOG,
      "    this.#stage('log sync', () => {",
      "    this.#keep(record);\n    this.#answer(answers.splice(0));\n    this.#stage('log sync', () => {",
    ),
    edit(LOG, '      this.#publish(record);\n      this.#head', '      this.#tell(record);\n      this.#head'),
  ),
  plant(
    'a failed sync is taken for a good one',
    edit(
      LOG,
      '        disk.sync();\n      } catch (error) {\n        this.#fail(batch, error);\n        return;',
      '        disk.sync();\n      } catch {',
    ),
  ),
  plant('the chain is not linked', edit(LOG, 'chainHash(this.#tip.hash,', 'chainHash(CHAIN_START,')),
  plant('time in the log follows a clock that is set back', edit(LOG, 'Math.max(Date.now(), this.#tip.time)', 'Date.now()')),
  plant(
    'the id that a channel gave a message is ignored',
    edit(`${PIPELINE}/idempotency.ts`, '  if (inbound.externalId === undefined) return undefined;', '  return undefined;'),
  ),
  plant(
    'the newest message of a conversation is answered first',
    edit(
      `${PIPELINE}/next.ts`,
      '  for (const message of state.open.values()) {\n    const call = message.run',
      '  for (const message of [...state.open.values()].reverse()) {\n    const call = message.run',
    ),
  ),
  plant(
    'a second attempt is not marked',
    edit(
      `${PIPELINE}/deliver.ts`,
      '      attempt,\n      ...(delivery.possiblyDuplicate ? { possiblyDuplicate: true } : {}),\n    }),\n  ]);\n}',
      '      attempt,\n    }),\n  ]);\n}',
    ),
  ),
  plant(
    'a reply of unknown fate is taken for one that did not arrive',
    edit(
      'packages/events/src/catalog/session.ts',
      "    if (event.data.resolution === 'retry_at_least_once') delivery.possiblyDuplicate = true;",
      '',
    ),
  ),
  plant(
    'an attempt of an earlier process is taken for its own',
    edit(`${PIPELINE}/deliver.ts`, 'if (context.attemptedHere.delete(delivery.deliveryId))', 'if (true)'),
  ),
  plant(
    'an offset is confirmed before its messages are safe',
    edit('apps/gateway/src/channels/telegram/poll.ts', '      await take(some, bot, context);', '      void take(some, bot, context);'),
  ),
  plant(
    'a reply that is ready wakes nobody',
    edit(`${PIPELINE}/run.ts`, 'messageId), text)]);\n  context.wakeDelivery(cell.sessionId);', 'messageId), text)]);'),
  ),
  plant(
    'a tool that was cut off by a crash runs again',
    edit(`${PIPELINE}/run.ts`, "    .filter((call) => call.status === 'started')", '    .filter(() => false)'),
  ),
  plant(
    'a tool runs before its start is safe',
    edit(
      `${PIPELINE}/tool-calls.ts`,
      '  await commit(run, [ToolStarted.create({ runId, callId, tool })]);',
      '  const startedLater = commit(run, [ToolStarted.create({ runId, callId, tool })]);\n  startedLater.catch(() => {});',
    ),
  ),
  plant(
    'the limit of the queue is ignored',
    edit(`${PIPELINE}/index.ts`, 'if (waiting >= queueLimit)', 'if (waiting >= queueLimit * 100)'),
  ),
  plant(
    'a message that has ended keeps its place in the queue',
    edit(`${PIPELINE}/context.ts`, '    context.live.delete(ended.messageId);\n', ''),
  ),
  plant(
    'a start takes up only some of the conversations',
    edit(`${PIPELINE}/index.ts`, '      wake(sessionId);\n    }', '      if (state.open.size > 1) wake(sessionId);\n    }'),
  ),
  plantInPostgres(
    'an append is answered before the database has committed it',
    edit(SHARED_WRITER, 'handed = { appended: storing, batch, since };', 'handed = { appended: storing, batch, since, commitMs: 0 };'),
  ),
  plantInPostgres(
    'a commit whose answer was lost is taken for one that was made',
    edit(SHARED_WRITER, 'if (await isStored(client, row)) {', 'if ((await isStored(client, row)) || true) {'),
  ),
  plantInPostgres(
    'a leader whose turn is over still stores',
    edit(SHARED_LOG, 'if (epoch !== undefined && head.epoch !== epoch) {', 'if (epoch !== undefined && head.epoch < 0) {'),
  ),
  plantInPostgres(
    'time in the database follows a clock that is set back',
    edit(SHARED_LOG, 'Math.max(Date.now(), this.#tip.time)', 'Date.now()'),
  ),
  plantInPostgres(
    'the key of an append is not looked up in the database',
    edit(
      SHARED_LOG,
      'return new Map(rows.map((row) => [row.key, row]));',
      'return new Map(rows.slice(rows.length).map((row) => [row.key, row]));',
    ),
  ),
];

/** Every edit whose words are not in its file exactly once, in words. */
export function misplaced(plants: readonly Plant[] = PLANTS): string[] {
  return plants.flatMap(({ name, edits }) =>
    edits.flatMap(({ file, find }) => {
      const times = readFileSync(join(ROOT, file), 'utf8').split(find).length - 1;
      return times === 1 ? [] : [`${name}: ${JSON.stringify(find)} is ${times} times in ${file}`];
    }),
  );
}

/** Plants a bug into everything that this process loads from now on. Throws when there is no such plant or no place for it. */
export function sow(name: string): void {
  const found = PLANTS.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`there is no plant "${name}"; there are:\n  ${PLANTS.map((candidate) => candidate.name).join('\n  ')}`);
  const problems = misplaced([found]);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const editsByUrl = Map.groupBy(found.edits, ({ file }) => pathToFileURL(join(ROOT, file)).href);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const edits = editsByUrl.get(url);
      if (!edits || !loaded.source) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: edits.reduce((text, { find, replace }) => text.replace(find, () => replace), source) };
    },
  });
}
