import { expect, test } from 'vitest';
import { keysNamedIn, testTitles } from './test-titles.ts';

test('finds the titles of tests however they are written, and nothing else', () => {
  const source = `
    describe('no title', () => {
      it('one', async () => { test("two", fn); });
      test.each([['no'], ['title']])('three %s', (x: string) => undefined);
      it.each([1])(\`four \${x} end\`, () => undefined);
      test.skipIf(true)('five', () => undefined);
      exec.test('no title');
      it.each(['no title']);
    });`;
  expect(testTitles(source, 'x.test.ts')).toEqual(['one', 'two', 'three %s', 'four … end', 'five']);
});

test('finds the keys that a title names, whole and with braces, not the beginning of a longer one nor a mere word', () => {
  expect(keysNamedIn('D gateway.network.https.minVersion, and bindings[].match.peer.id: hold.')).toEqual(
    expect.arrayContaining(['gateway.network.https.minVersion', 'bindings[].match.peer.id']),
  );
  expect(keysNamedIn('agents.{defaults,entries.*}.{model,tools}')).toEqual([
    'agents.defaults.model',
    'agents.defaults.tools',
    'agents.entries.*.model',
    'agents.entries.*.tools',
  ]);
  expect(keysNamedIn('gateway.auth.token.length')).not.toContain('gateway.auth.token');
  expect(keysNamedIn('{channels.x,channels.*}.enabled')).toEqual(['channels.x.enabled', 'channels.*.enabled']);
  expect(keysNamedIn('asks the bindings first')).toEqual([]);
  expect(keysNamedIn('reads `bindings`')).toEqual(['bindings']);
  expect(keysNamedIn('$schema is taken')).toContain('$schema');
});
