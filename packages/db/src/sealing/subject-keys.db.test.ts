import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { stateDir } from '../testing/state-dir.ts';
import { seal } from './seal.ts';
import { SubjectKeys, Unsealer } from './subject-keys.ts';

const EVENT = Buffer.alloc(16, 7);
const master = (digit: string) => ({ OPENCLAW_MASTER_KEY: digit.repeat(64) });

function keysIn(path: string, env: NodeJS.ProcessEnv = {}): SubjectKeys {
  const keys = new SubjectKeys(path, env);
  onTestFinished(() => keys.close());
  return keys;
}

function unsealerOf(path: string, env: NodeJS.ProcessEnv = {}): Unsealer {
  const unsealer = new Unsealer(path, env);
  onTestFinished(() => unsealer.close());
  return unsealer;
}

function read(unsealer: Unsealer, subject: string, sealed: Buffer, eventId = EVENT): string | undefined {
  unsealer.refresh();
  return unsealer.unseal(subject, eventId, sealed);
}

describe('the keys of subjects', () => {
  test('unseal what they sealed, in another connection that learns by itself of keys that come and go', () => {
    const path = join(stateDir(), 'keys.db');
    const keys = keysIn(path);
    const unsealer = unsealerOf(path);
    keys.ensure(new Set(['sub_a', 'sub_b']));
    const ofA = seal(keys.get('sub_a'), EVENT, '"grüße 你好"');
    expect(ofA.includes('gr')).toBe(false);
    expect(read(unsealer, 'sub_a', ofA)).toBe('"grüße 你好"');
    expect(read(unsealer, 'sub_b', ofA)).toBeUndefined();
    keys.ensure(new Set(['sub_c']));
    expect(read(unsealer, 'sub_c', seal(keys.get('sub_c'), EVENT, '1'))).toBe('1');
    keys.destroy('sub_a', Date.now());
    expect(read(unsealer, 'sub_a', ofA)).toBeUndefined();
    keys.ensure(new Set(['sub_a']));
    expect(read(unsealer, 'sub_a', ofA)).toBeUndefined();
  });

  test('notice any byte that was changed and an event that was given the seal of another', () => {
    const path = join(stateDir(), 'keys.db');
    const keys = keysIn(path);
    keys.ensure(new Set(['sub_a']));
    const unsealer = unsealerOf(path);
    const sealed = seal(keys.get('sub_a'), EVENT, '"text"');
    expect(() => read(unsealer, 'sub_a', sealed, Buffer.alloc(16, 8))).toThrow(expect.objectContaining({ code: 'LOG_CORRUPT' }));
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      // Within the key's name it is the seal of a key that is not there.
      if (at >= 1 && at < 9) expect(read(unsealer, 'sub_a', changed)).toBeUndefined();
      else expect(() => read(unsealer, 'sub_a', changed)).toThrow(expect.objectContaining({ code: 'LOG_CORRUPT' }));
    }
  });

  test('leave no byte in the file once they are destroyed', () => {
    const path = join(stateDir(), 'keys.db');
    const keys = keysIn(path);
    keys.ensure(new Set(Array.from({ length: 200 }, (_, index) => `sub_${index}`)));
    const bytes = keys.get('sub_77').key.export();
    const inFiles = () => [path, `${path}-wal`].filter((file) => readFileSync(file).includes(bytes));
    expect(inFiles()).not.toEqual([]);
    expect(keys.destroy('sub_77', Date.now())).toBe(true);
    expect(inFiles()).toEqual([]);
    expect(keys.destroy('sub_77', Date.now())).toBe(false);
  });

  test('that were made after an erasure are not reached by doing it again', () => {
    const keys = keysIn(join(stateDir(), 'keys.db'));
    keys.ensure(new Set(['sub_a']));
    const until = Date.now();
    keys.destroy('sub_a', until);
    keys.ensure(new Set(['sub_a']));
    expect(keys.destroy('sub_a', until)).toBe(false);
  });
});

describe('the master key', () => {
  test('wraps keys that are there and that come, so that the file alone unseals nothing', () => {
    const path = join(stateDir(), 'keys.db');
    const plain = new SubjectKeys(path, {});
    plain.ensure(new Set(['sub_a']));
    const bytes = plain.get('sub_a').key.export();
    const sealed = seal(plain.get('sub_a'), EVENT, '1');
    plain.close();
    const keys = keysIn(path, master('a'));
    keys.ensure(new Set(['sub_b']));
    for (const key of [bytes, keys.get('sub_b').key.export()]) {
      for (const file of [path, `${path}-wal`]) expect(readFileSync(file).includes(key)).toBe(false);
    }
    expect(read(unsealerOf(path, master('a')), 'sub_a', sealed)).toBe('1');
  });

  test.each([
    ['is missing', {}],
    ['is another one', master('b')],
    ['is no key', { OPENCLAW_MASTER_KEY: 'secret' }],
  ])('that %s is refused before anything is written or read', (_, env) => {
    const path = join(stateDir(), 'keys.db');
    new SubjectKeys(path, master('a')).close();
    const before = readFileSync(path);
    expect(() => new SubjectKeys(path, env)).toThrow(expect.objectContaining({ code: 'MASTER_KEY_MISMATCH' }));
    expect(() => new Unsealer(path, env).refresh()).toThrow(expect.objectContaining({ code: 'MASTER_KEY_MISMATCH' }));
    expect(readFileSync(path)).toEqual(before);
  });

  test('is not needed where there are no keys to read', () => {
    const unsealer = unsealerOf(join(stateDir(), 'none.db'));
    expect(read(unsealer, 'sub_a', randomBytes(80))).toBeUndefined();
  });
});
