import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EMPTY_IDENTITY, filesNamed, identityIn, readEnvelope, toImagined } from './identity.ts';

it('asks with what was written and nothing else', () => {
  expect(toImagined({ ...EMPTY_IDENTITY, text: 'hi' })).toEqual({ channel: 'http', account: 'default', from: 'anna', text: 'hi' });
  expect(toImagined({ ...EMPTY_IDENTITY, group: 'g', roles: 'a, ,b', mentioned: 'yes' })).toMatchObject({
    group: 'g',
    roles: ['a', 'b'],
    mentioned: true,
  });
});

it('takes over who wrote in a message that came in, and in nothing else', () => {
  const data = {
    channel: 'slack',
    account: 'main',
    sender: { id: 'U1', roles: ['crew'] },
    peer: { kind: 'thread', id: 't' },
    parent: 'c',
    text: 'x',
    attachments: [{ id: 'a', name: 'plan.pdf', mimeType: 'application/pdf', size: 12, hash: 'h' }],
  };
  expect(identityIn({ type: 'message.received', data })).toEqual({
    channel: 'slack',
    account: 'main',
    from: 'U1',
    name: '',
    group: 'c',
    thread: 't',
    roles: 'crew',
    mentioned: '',
    text: 'x',
    files: [{ name: 'plan.pdf', mimeType: 'application/pdf', size: 12 }],
  });
  expect(identityIn({ type: 'run.started', data })).toBeUndefined();
  expect(identityIn({ type: 'message.received', data: null })).toBeUndefined();
});

it('the envelope that is shown is read back as the same message', () => {
  const text = fc.string();
  const file = fc.record({ name: fc.stringMatching(/^[a-z]{1,8}\.pdf$/), size: fc.nat() });
  const written = fc.record({
    channel: text,
    account: text.filter((value) => value !== ''),
    from: text,
    name: text,
    group: text,
    thread: text,
    text,
    roles: fc.constantFrom('', 'crew', 'crew, pilot'),
    mentioned: fc.constantFrom('', 'yes'),
    files: fc.array(file, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(written, (identity) => {
      expect(readEnvelope(JSON.stringify(toImagined(identity)))).toEqual({ identity });
    }),
  );
});

it.each([
  ['{', { kind: 'json' }],
  ['[]', { kind: 'object' }],
  ['null', { kind: 'object' }],
  ['{"sender":"anna"}', { kind: 'key', key: 'sender' }],
  ['{"text":7}', { kind: 'value', key: 'text', expected: 'text' }],
  ['{"roles":"crew"}', { kind: 'value', key: 'roles', expected: 'texts' }],
  ['{"mentioned":"yes"}', { kind: 'value', key: 'mentioned', expected: 'boolean' }],
  ['{"files":[{"name":""}]}', { kind: 'value', key: 'files', expected: 'files' }],
  ['{"files":[{"name":"a","size":-1}]}', { kind: 'value', key: 'files', expected: 'files' }],
  ['{"files":[{"name":"a","hash":"x"}]}', { kind: 'value', key: 'files', expected: 'files' }],
])('an envelope of %s is told what is wrong with it', (source, problem) => {
  expect(readEnvelope(source)).toMatchObject({ problem });
});

it('files that are named keep what was said of them', () => {
  const plan = { name: 'plan.pdf', mimeType: 'application/pdf' };
  expect(filesNamed('plan.pdf, , other.txt', [plan])).toEqual([plan, { name: 'other.txt' }]);
});
