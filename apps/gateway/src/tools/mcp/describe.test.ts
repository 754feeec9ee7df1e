import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resultOf, usableTools } from './describe.ts';

const schema = { type: 'object', properties: {} };

test('A5 tools of a server with a bad name, schema or size are not used, and what they are described with is made harmless', () => {
  const listed = [
    { name: 'good', description: 'Does\u202E good\u200B.', inputSchema: schema },
    { name: 'good', inputSchema: schema },
    { name: 'bad name', inputSchema: schema },
    { name: 'no-schema' },
    { name: 'text', inputSchema: { type: 'string' } },
    { name: 'huge', inputSchema: { ...schema, description: 'x'.repeat(20_000) } },
    { name: 7, inputSchema: schema },
    null,
    'text',
  ];
  const { tools, refused } = usableTools(listed);
  expect(tools).toEqual([{ name: 'good', description: 'Does good.', inputSchema: schema }]);
  expect(refused).toHaveLength(8);
  const many = usableTools(Array.from({ length: 500 }, (_, index) => ({ name: `t${index}`, inputSchema: schema })));
  expect(many.tools).toHaveLength(128);
});

test('A5 a result is text, with what else there is only named, and of a bounded size', () => {
  const content = [
    { type: 'text', text: 'one' },
    { type: 'image', data: 'A'.repeat(4000), mimeType: 'image/png' },
    { type: 'resource', resource: { uri: 'file:///x', text: 'two' } },
  ];
  expect(resultOf('s', { content })).toEqual({ text: 'one\ntwo', others: [{ type: 'image', mimeType: 'image/png', sizeBytes: 3000 }] });
  expect(resultOf('s', { content: [], structuredContent: { n: 1 } })).toEqual({ text: '', structured: { n: 1 } });
  expect(() => resultOf('s', { isError: true, content: [{ type: 'text', text: 'no' }] })).toThrow('s says: no');
  const long = resultOf('s', { content: [{ type: 'text', text: 'x'.repeat(5_000_000) }] });
  expect(JSON.stringify(long).length).toBeLessThan(64 * 1024);
  const links = Array.from({ length: 30 }, () => ({ type: 'resource_link', uri: `file:///${'漢'.repeat(2000)}` }));
  for (const text of ['漢'.repeat(50_000), '']) {
    const chinese = resultOf('s', { content: [{ type: 'text', text }, ...links], structuredContent: { text: '漢'.repeat(25_000) } });
    expect(Buffer.byteLength(JSON.stringify(chinese))).toBeLessThanOrEqual(64 * 1024);
    expect('omittedCharacters' in (chinese as object)).toBe(text !== '');
  }
});

test('whatever a server says is taken or refused, never more', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.jsonValue(), (listed, result) => {
      usableTools(listed);
      try {
        resultOf('s', result);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'TOOL_FAILED' });
      }
    }),
    { numRuns: 500 },
  );
});
