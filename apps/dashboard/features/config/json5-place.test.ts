import { describe, expect, it } from 'vitest';
import { keyAt, placeAt } from './json5-place.ts';

/** The place of the bar. */
const at = (text: string) => placeAt(text.replace('|', ''), text.indexOf('|'));

describe('placeAt', () => {
  it.each([
    ['{ | }', [], 'key'],
    ['{ gateway: { net| } }', ['gateway'], 'key'],
    ['{ gateway: { "net| } }', ['gateway'], 'key'],
    ['{ gateway: { network: { port: 1, | } } }', ['gateway', 'network'], 'key'],
    ['{ session: { dmScope: "m|', ['session', 'dmScope'], 'value'],
    ['{ session: { dmScope: | } }', ['session', 'dmScope'], 'value'],
    ["{ bindings: [{ agentId: 'a' }, { match: { ch|", ['bindings', '1', 'match'], 'key'],
    ['{ tools: { allow: ["clock", "|', ['tools', 'allow', '1'], 'value'],
    ["{ a: 'x: {', // and { here\n b| }", [], 'key'],
    ['{ a: { b: 1 }, c|', [], 'key'],
  ] as const)('%s', (text, path, kind) => {
    expect(at(text)).toMatchObject({ path, at: kind });
  });

  it('is nowhere in a comment', () => {
    expect(at('{ // he|re\n }')).toBeUndefined();
    expect(at('{ /* he|re */ }')).toBeUndefined();
  });
});

it('keyAt names the key under the pointer, and nothing over a value', () => {
  const text = "{ gateway: { network: { port: 1 } }, 'x': true }";
  expect(keyAt(text, text.indexOf('ort'))).toEqual(['gateway', 'network', 'port']);
  expect(keyAt(text, text.indexOf("x'"))).toEqual(['x']);
  expect(keyAt(text, text.indexOf('true') + 1)).toBeUndefined();
});
