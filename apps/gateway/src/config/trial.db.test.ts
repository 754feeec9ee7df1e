/** A configuration on trial: confirmed, forgotten, unwell, or met by a restart. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hashText } from './file.ts';
import { notePathIn } from './note.ts';
import { openConfigStore } from './store.ts';
import { type ConfigTrials, createConfigTrials, trialPathIn, undoUnconfirmed } from './trial.ts';
import type { ConfigStore } from './types.ts';

const BEFORE = "{ agents: { defaults: { systemPrompt: 'Be brief.' } } } // mine\n";
const AFTER = BEFORE.replace('brief', 'long');
const PORT = '{ gateway: { network: { port: 1234 } } }\n';
const EDIT = { actor: { type: 'user', id: 'usr_1' }, source: 'dashboard', baseHash: hashText(BEFORE) } as const;

let dir: string;
let path: string;
let recorded: NewEvent[];
let problems: string[];
let restarts: number;
let store: ConfigStore;
let trials: ConfigTrials;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-trial-'));
  path = join(dir, 'openclaw.json');
  [recorded, problems, restarts] = [[], ['channel slack/main'], 0];
  await writeFile(path, BEFORE);
  await begin(60_000);
});
afterEach(async () => {
  trials.close();
  await store.close();
  await rm(dir, { recursive: true });
});

/** A process: it reads the file, after what the one before left on trial was looked at. */
async function begin(windowMs: number): Promise<void> {
  await undoUnconfirmed({ config: path, trial: trialPathIn(dir), note: notePathIn(dir) });
  const record = async (event: NewEvent) => void recorded.push(event);
  store = await openConfigStore({ path, record, env: {}, notePath: notePathIn(dir) });
  trials = createConfigTrials({
    store,
    record,
    path: trialPathIn(dir),
    problems: () => problems,
    restart: () => void restarts++,
    logger: { warn: (_, message) => expect.fail(message) },
    windowMs,
    checkMs: 5,
  });
  await trials.resume();
}

async function beginAgain(windowMs: number): Promise<void> {
  trials.close();
  await store.close();
  await begin(windowMs);
}

const file = () => readFile(path, 'utf8');
const ends = () => recorded.filter(({ type }) => type === 'config.reverted' || type === 'config.confirmed');
const onTrial = (text: string) => trials.change({ op: 'text', text }, EDIT);

it('D a configuration on trial that nobody confirms in time is undone, and the log says so', async () => {
  await beginAgain(20);
  await onTrial(AFTER);
  expect(store.current().config.agents.defaults.systemPrompt).toBe('Be long.');
  await vi.waitFor(() => expect(ends()).toHaveLength(1));
  expect(ends()[0]).toMatchObject({ type: 'config.reverted', data: { hash: hashText(AFTER), cause: 'unconfirmed' } });
  expect(await file()).toBe(BEFORE);
  expect(store.current()).toMatchObject({ hash: hashText(BEFORE), source: 'rollback' });
  expect(trials.current()).toBeUndefined();
  await expect(stat(trialPathIn(dir))).rejects.toThrow('ENOENT');
});

it('stays once it is confirmed, and cannot be confirmed twice', async () => {
  await onTrial(AFTER);
  expect(trials.current()).toMatchObject({ hash: hashText(AFTER), previousHash: hashText(BEFORE) });
  expect((await stat(trialPathIn(dir))).mode & 0o077).toBe(0);
  await trials.confirm(EDIT.actor);
  expect(ends()).toMatchObject([{ type: 'config.confirmed', data: { hash: hashText(AFTER) } }]);
  await expect(trials.confirm(EDIT.actor)).rejects.toMatchObject({ code: 'CONFIG_NO_TRIAL' });
  await beginAgain(60_000);
  expect(await file()).toBe(AFTER);
  expect(trials.current()).toBeUndefined();
});

it('is undone when something is not well that was well before, which says what', async () => {
  await onTrial(AFTER);
  problems = [...problems, 'channel telegram/main'];
  await vi.waitFor(() => expect(ends()).toHaveLength(1));
  expect(ends()[0]?.data).toMatchObject({ cause: 'unhealthy', problem: 'channel telegram/main' });
  expect(await file()).toBe(BEFORE);
});

it('is undone before the configuration is read when the process ended meanwhile', async () => {
  await onTrial(AFTER);
  await beginAgain(60_000);
  expect(store.current().config.agents.defaults.systemPrompt).toBe('Be brief.');
  expect(ends()[0]).toMatchObject({ type: 'config.reverted', data: { cause: 'restarted' } });
  await store.recordStart({ hash: hashText(AFTER), document: {} });
  expect(recorded.at(-1)).toMatchObject({ type: 'config.changed', data: { source: 'rollback' } });
});

it('waits for the restart that its keys wait for, is on trial from then on, and asks for another restart when it is undone', async () => {
  await onTrial(PORT);
  expect(trials.current()).toEqual({ hash: hashText(PORT), previousHash: hashText(BEFORE) });
  await beginAgain(20);
  expect(trials.current()?.endsAt).toBeGreaterThan(0);
  await vi.waitFor(() => expect(restarts).toBe(1));
  expect(await file()).toBe(BEFORE);
});

it('is over when another change took its place, which nothing undoes', async () => {
  await onTrial(AFTER);
  await store.set('agents.defaults.maxSteps', 3, { actor: EDIT.actor, source: 'command' });
  expect(trials.current()).toBeUndefined();
  await expect(trials.revert(EDIT.actor)).rejects.toMatchObject({ code: 'CONFIG_NO_TRIAL' });
  await vi.waitFor(() => expect(stat(trialPathIn(dir))).rejects.toThrow('ENOENT'));
  expect(await file()).toContain('Be long.');
  expect(ends()).toEqual([]);
});

it('refuses a change that was made for another text, and one that is wrong, and leaves nothing behind', async () => {
  await expect(trials.change({ op: 'text', text: AFTER }, { ...EDIT, baseHash: hashText(AFTER) })).rejects.toMatchObject({
    code: 'CONFIG_CONFLICT',
  });
  await expect(onTrial('{ gateway: { network: { port: "x" } } }')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await expect(stat(trialPathIn(dir))).rejects.toThrow('ENOENT');
  expect(await file()).toBe(BEFORE);
});
