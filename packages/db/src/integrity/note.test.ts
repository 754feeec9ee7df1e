import { describe, expect, test } from 'vitest';
import { checkpointText, createSigner, findCheckpoints, formatNote, parseCheckpoint, parseVerifierKey, verifyNote } from './note.ts';

const signer = createSigner('openclaw/gw_x', Buffer.alloc(32, 1));
const { name, keyId } = signer.verifierKey;
const head = { origin: name, size: 12345, root: 'ab'.repeat(32) };

function note(of = head): string {
  const text = checkpointText(of);
  return formatNote(text, [{ name, keyId, signature: signer.sign(text) }]);
}

function parsed(text: string) {
  const checkpoint = parseCheckpoint(text);
  if (!checkpoint) throw new TypeError('not a checkpoint');
  return checkpoint;
}

describe('a checkpoint as a signed note', () => {
  test('is four lines that anyone can read, and reads back as it was', () => {
    const [origin, size, root, empty, signature, end, ...rest] = note().split('\n');
    expect([origin, size, root, empty, end, rest]).toEqual([
      'openclaw/gw_x',
      '12345',
      Buffer.alloc(32, 0xab).toString('base64'),
      '',
      '',
      [],
    ]);
    expect(signature).toMatch(/^— openclaw\/gw_x [A-Za-z0-9+/]{91}=$/);
    expect(parsed(note())).toMatchObject(head);
    expect(verifyNote(parsed(note()), signer.verifierKey)).toBe('good');
  });

  test('is not good when a line of it was changed, or for another key', () => {
    expect(verifyNote(parsed(note().replace('12345', '12346')), signer.verifierKey)).toBe('bad');
    expect(verifyNote(parsed(note().replaceAll('gw_x', 'gw_y')), signer.verifierKey)).toBe('unknown_key');
    expect(verifyNote(parsed(note()), createSigner(name, Buffer.alloc(32, 2)).verifierKey)).toBe('unknown_key');
  });

  test('may carry the signatures of others', () => {
    const text = checkpointText(head);
    const other = { name: 'witness.example', keyId: '01020304', signature: Buffer.alloc(72) };
    const cosigned = formatNote(text, [other, { name, keyId, signature: signer.sign(text) }]);
    expect(verifyNote(parsed(cosigned), signer.verifierKey)).toBe('good');
  });

  test.each([
    ['no signature', checkpointText(head)],
    ['a size with a leading zero', note().replace('12345', '012345')],
    ['a root that is too short', note({ ...head, root: 'ab' })],
    ['a signature that is no base64', note().replace(/ [A-Za-z0-9+/]{20}/, ` ${'*'.repeat(20)}`)],
    ['nothing', ''],
  ])('is none with %s', (_, text) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });
});

describe('a verifier key', () => {
  test('reads back as it was written, and belongs to notes that others signed', () => {
    expect(parseVerifierKey(signer.verifierKey.text)).toMatchObject({ name, keyId });
    const key = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
    if (!key) throw new TypeError('not a key');
    const line = 'Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=';
    const bytes = Buffer.from(line, 'base64');
    const signatures = [{ name: key.name, keyId: bytes.subarray(0, 4).toString('hex'), signature: bytes.subarray(4) }];
    expect(verifyNote({ text: 'This is an example message.\n', signatures }, key)).toBe('good');
  });

  test.each(['', 'x', 'a+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k', 'example.com/foo+530d903a+AAAA'])(
    'is not "%s"',
    (text) => {
      expect(parseVerifierKey(text)).toBeUndefined();
    },
  );
});

test('what a witness kept is found among other lines, in the order of sizes', () => {
  const [one, two, three] = [1, 20, 300].map((size) => note({ ...head, size }));
  const file = `# kept since spring\n${three}\n${one}{"at":1,"note":${JSON.stringify(two)}}\n{"note":5}\n{"note" broken}\n`;
  expect(findCheckpoints(file).map(({ size }) => size)).toEqual([1, 20, 300]);
  expect(findCheckpoints('')).toEqual([]);
});
