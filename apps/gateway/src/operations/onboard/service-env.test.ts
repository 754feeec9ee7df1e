import { parseEnv } from 'node:util';
import { expect, it } from 'vitest';
import { variablesToSave, withVariables } from './service-env.ts';

/** As the configuration names an environment variable. */
const reference = (variable: string) => `\${${variable}}`;
const document = { models: { providers: { a: { apiKey: reference('A'), headers: { x: `Bearer ${reference('B')}` } } } }, port: 1 };

it('B6 keeps for a service what the configuration names, is set here, and is not kept yet', () => {
  expect(variablesToSave(document, '', { A: '1', B: '2', C: '3' })).toEqual(['A', 'B']);
  expect(variablesToSave(document, '# mine\nA=0\n', { A: '1', B: '2' })).toEqual(['B']);
  expect(variablesToSave(document, '', {})).toEqual([]);
});

it.each(['sk-ant_0/9+=', 'with space', '#hash "double" $dollar', 'ümlaut'])('B6 is read as it was written: %s', (value) => {
  expect(parseEnv(withVariables('X=1', ['A'], { A: value }))).toEqual({ X: '1', A: value });
});

it.each(["it's", 'two\nlines', 'back\\slash'])('B6 refuses %j, which means something else to one of its readers', (value) => {
  expect(() => withVariables('', ['A'], { A: value })).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
