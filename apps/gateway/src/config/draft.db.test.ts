/** What somebody is told of a configuration while writing it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { draftOf, editDraft, mergeDraft, reviewDraft } from './draft.ts';
import { openConfigStore } from './store.ts';
import type { ConfigStore } from './types.ts';

const TEXT = `{
  // How it speaks.
  agents: { defaults: { systemPrompt: 'Be brief.', maxSteps: 4 } },
  channels: { telegram: { botToken: '1234:abcd' } },
}
`;
const BY = { actor: { type: 'user', id: 'usr_1' } } as const;

let dir: string;
let path: string;
let store: ConfigStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-draft-'));
  path = join(dir, 'openclaw.json');
  await writeFile(path, TEXT);
  store = await openConfigStore({ path, record: async () => undefined, env: {} });
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

it('says what a draft would change, what waits for a restart and what may shut somebody out, and changes nothing', async () => {
  const { text } = draftOf(store);
  expect(text).not.toContain('1234:abcd');
  const draft = editDraft(text, [
    { op: 'set', path: ['gateway', 'network', 'port'], value: 1234 },
    { op: 'unset', path: ['agents', 'defaults', 'maxSteps'] },
    { op: 'unset', path: ['agents', 'defaults', 'model'] },
  ]);
  const review = await reviewDraft(store, draft, BY);
  expect(review).toMatchObject({
    errors: [],
    changes: [
      { path: 'agents.defaults.maxSteps', op: 'remove' },
      { path: 'gateway.network.port', op: 'add', after: 1234 },
    ],
    restartNeeded: ['gateway.network.port'],
    risky: ['gateway.network.port'],
    document: { channels: { telegram: { botToken: '***' } } },
  });
  expect(draft).toContain('// How it speaks.');
  expect(await readFile(path, 'utf8')).toBe(TEXT);
});

it('says where a mistake stands in the text', async () => {
  const wrong = draftOf(store).text.replace('maxSteps: 4', 'maxSteps: "x"');
  const { errors } = await reviewDraft(store, wrong, BY);
  expect(errors).toMatchObject([{ code: 'CONFIG_INVALID', path: 'agents.defaults.maxSteps' }]);
  expect(wrong.slice(errors[0]?.from, errors[0]?.to)).toBe('maxSteps: "x"');
  const unknown = draftOf(store).text.replace('maxSteps', 'maxStps');
  const [misspelt] = (await reviewDraft(store, unknown, BY)).errors;
  expect(unknown.slice(misspelt?.from, misspelt?.to)).toBe('maxStps: 4');
  const broken = `${TEXT}}`;
  const [syntax] = (await reviewDraft(store, broken, BY)).errors;
  expect(syntax).toMatchObject({ code: 'CONFIG_SYNTAX', from: broken.lastIndexOf('}') });
  const secret = draftOf(store).text.replace('telegram', 'slack');
  expect((await reviewDraft(store, secret, BY)).errors).toMatchObject([{ code: 'CONFIG_SECRET_UNKNOWN', path: 'channels.slack.botToken' }]);
});

it('puts a draft on top of what another changed, and names each key that both did', async () => {
  const base = draftOf(store).text;
  const mine = editDraft(base, [
    { op: 'set', path: ['agents', 'defaults', 'maxSteps'], value: 9 },
    { op: 'set', path: ['agents', 'defaults', 'systemPrompt'], value: 'Be mine.' },
  ]);
  await store.set('agents.defaults.systemPrompt', 'Be theirs.', { ...BY, source: 'command' });
  await store.set('session.dmScope', 'main', { ...BY, source: 'command' });
  const merged = mergeDraft(store, base, mine);
  expect(merged.conflicts).toEqual([
    { path: ['agents', 'defaults', 'systemPrompt'], base: 'Be brief.', mine: 'Be mine.', theirs: 'Be theirs.' },
  ]);
  expect(merged.hash).toBe(store.current().hash);
  expect(merged.text).toContain("systemPrompt: 'Be theirs.', maxSteps: 9");
  expect(merged.text).toContain('dmScope');
  expect(merged.text).toContain('// How it speaks.');
});
