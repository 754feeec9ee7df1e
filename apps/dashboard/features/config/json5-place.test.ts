import { describe, expect, it } from 'vitest';
import { keyAt, offsetOf, placeAt } from './json5-place.ts';

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

describe('offsetOf', () => {
  const text = `{ // bindings: not this
    bindings: [
      { agentId: 'a, {', match: { channel: "x" } }, /* one more */
      { 'agentId': 'b' },
    ],
    channels: { telegram: { enabled: true, "agentId": 'c' } },
    list: [1, -2.5, 'three'],
  }`;
  it.each([
    [['bindings'], 'bindings: ['],
    [['bindings', '1'], "{ 'agentId': 'b'"],
    [['bindings', '1', 'agentId'], "'agentId': 'b'"],
    [['channels', 'telegram', 'agentId'], '"agentId": \'c\''],
    [['list', '2'], "'three'"],
    [['channels', 'slack', 'agentId'], 'channels: {'],
  ] as const)('%j', (path, begins) => {
    expect(text.slice(offsetOf(text, path))).toMatch(new RegExp(`^${begins.replace(/[[\](){}.?*+^$|\\]/g, '\\$&')}`));
  });

  it('is nowhere where nothing of it is written', () => {
    expect(offsetOf(text, ['session', 'dmScope'])).toBeUndefined();
  });
});
