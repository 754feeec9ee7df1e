/** The ways to check a log that are not this program: the file that an auditor reads first, and openssl as the documentation says. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newId } from '@openclaw-gateway/events';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../open.ts';
import { messageFlow } from '../testing/flows.ts';
import { stateDir } from '../testing/state-dir.ts';
import type { Checkpoint, EventProof } from './checkpoints.ts';
import { verifyLog } from './verify-log.ts';

const VERIFIER = fileURLToPath(new URL('../../../../tools/verify-log.mjs', import.meta.url));
const GUIDE = readFileSync(new URL('../../../../docs/integrity.md', import.meta.url), 'utf8');

const PROVEN = [1, 2, 33, 59, 60];

const original = mkdtempSync(join(tmpdir(), 'openclaw-by-hand-'));
const proofs: EventProof[] = [];
let dir: string;
let newest: Checkpoint | undefined;
let verifierKey: string;
let head: number;

beforeAll(async () => {
  const store = await openStore({ dir: original, diskLowBytes: 0 });
  const notes: string[] = [];
  store.checkpoints.onMade(({ note }) => notes.push(note));
  for (let message = 0; message < 5; message++) {
    for (const { events } of messageFlow(newId('session')).commits) {
      await store.log.append({ events: events.map((item) => ({ ...item, metadata: { ...item.metadata, subject: 'sub_someone' } })) });
    }
    newest = await store.checkpoints.make();
  }
  head = store.log.head();
  verifierKey = store.checkpoints.verifierKey;
  for (const position of PROVEN) {
    const proof = await store.checkpoints.prove(position, head);
    if (proof) proofs.push(proof);
  }
  await store.close();
  await store.close();
  writeFileSync(join(original, 'notes'), notes.join('\n'));
  writeFileSync(join(original, 'checkpoint.txt'), newest?.note ?? '');
  writeFileSync(join(original, 'pubkey.txt'), `${verifierKey}\n`);
});
beforeEach(() => {
  dir = stateDir();
  cpSync(original, dir, { recursive: true });
});
afterAll(() => rmSync(original, { recursive: true }));

describe('the verifier that stands alone', () => {
  test('can be read before it is trusted: at most 200 lines and nothing but what Node brings', () => {
    const source = readFileSync(VERIFIER, 'utf8');
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(200);
    const imports = [...source.matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, name]) => name);
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter((name) => !name?.startsWith('node:'))).toEqual([]);
  });

  test('comes to the same result as the gateway', async () => {
    const { hash } = await verifyLog({ dir, from: 1 });
    const { code, output } = check('--key', verifierKey, '--notes', join(dir, 'notes'));
    expect(code, output).toBe(0);
    expect(output).toContain(`good: ${head} events up to position ${head}, ${head} with data\n`);
    expect(output).toContain(`last hash ${hash}`);
    expect(output).toContain(`checkpoints agree up to position ${head}, signed by ${verifierKey.split('+')[0]}`);
    expect(check().output).toContain('cannot be told without a checkpoint kept elsewhere');
  });

  test.each([
    ['data', `UPDATE events SET data = x'00' WHERE position = 20`, 'position 20: the data'],
    ['sealed part', `UPDATE events SET sealed = x'00' WHERE position = 13`, 'position 13: the data'],
    [
      'border',
      `UPDATE events SET data = CAST(data || x'00' || sealed AS BLOB), sealed = NULL WHERE position = 13`,
      'position 13: the data',
    ],
    ['metadata', `UPDATE events SET metadata = '{}' WHERE position = 20`, 'position 20: the event is not what was written'],
    ['row', 'DELETE FROM events WHERE position = 20', 'position 20 is missing'],
    ['checkpoint', `UPDATE checkpoints SET merkle_root = x'${'11'.repeat(32)}'`, 'is not signed'],
    ['tail', 'DELETE FROM events WHERE position > 30; DELETE FROM checkpoints WHERE position > 30', 'the log was cut: it has 30 events'],
  ])('finds a changed %s', (_, attack, words) => {
    const db = new Database(join(dir, 'events.db'));
    db.exec(`DROP TRIGGER events_are_final_on_update; DROP TRIGGER events_are_final_on_delete; ${attack}`);
    db.close();
    const { code, output } = check('--key', verifierKey, '--notes', join(dir, 'notes'));
    expect(output).toContain(words);
    expect(code).toBe(1);
  });
});

describe('openssl, as docs/integrity.md says', () => {
  test('verifies the signature of a checkpoint, and refuses another text', () => {
    expect(bash('signature')).toContain('Signature Verified Successfully');
    const note = readFileSync(join(dir, 'checkpoint.txt'), 'utf8');
    writeFileSync(join(dir, 'checkpoint.txt'), note.replace(`\n${head}\n`, `\n${head + 1}\n`));
    expect(bash('signature')).not.toContain('Successfully');
  });

  test('leads from every event to the root of the checkpoint, and from nothing else', () => {
    expect(proofs.map(({ position }) => position)).toEqual(PROVEN);
    for (const { position, size, path, leaf } of proofs) {
      const inputs = (of: string) => `position=${position} size=${size} leaf=${of} path='${path.join(' ')}'`;
      expect(bash('inclusion', inputs(leaf))).toBe(`position ${position} is in the log of ${head} events\n`);
      expect(bash('inclusion', inputs('11'.repeat(32)))).toBe('');
    }
  });
});

function check(...options: string[]): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', VERIFIER, join(dir, 'events.db'), ...options], {
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
}

/** Runs a block of the guide. */
function bash(block: string, before = ''): string {
  const [, script = ''] = new RegExp(`\`\`\`bash ${block}\\n([\\s\\S]*?)\`\`\``).exec(GUIDE) ?? [];
  expect(script).not.toBe('');
  return spawnSync('bash', ['-c', `${before}\n${script}`], { cwd: dir, encoding: 'utf8' }).stdout;
}
