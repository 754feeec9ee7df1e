import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { configJsonSchema, type JsonSchema } from './json-schema.ts';
import { parseJson5, toValue } from './json5.ts';
import { configKeys } from './keys.ts';
import { BROKEN } from './testing/broken.ts';

const schema = configJsonSchema();
const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).addVocabulary(['x-reload']).compile(schema);
const read = (text: string) => toValue(parseJson5(text));
const REFERENCE = readFileSync(join(import.meta.dirname, 'testing/reference.json5'), 'utf8');

const accepts = (document: unknown) => {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};

test('B14 D the schema takes a file in which every key is written', () => {
  expect(accepts(read(REFERENCE))).toEqual([]);
});

test.each([
  ['nothing', {}],
  ['a reference to the schema', { $schema: './openclaw.schema.json' }],
  [
    'variables where numbers, flags and choices are expected',
    {
      gateway: {
        network: { port: `\${PORT}`, https: { enabled: `\${TLS}` } },
        logging: { level: `\${LEVEL}` },
        sessions: { timeout: `\${T}` },
      },
    },
  ],
  [
    'secrets in files',
    {
      gateway: { auth: { token: { file: '/run/secrets/t' } } },
      models: { providers: { x: { api: 'echo', apiKey: { file: `\${DIR}/key` }, headers: { 'x-key': { file: '/k' } } } } },
    },
  ],
  ['durations and sizes as numbers', { gateway: { sessions: { timeout: 1000 }, logging: { file: { maxSize: 1024 } } } }],
  ['an extension with keys of its own', { channels: { pigeon: { loft: 'north', accounts: { a: { loft: 'south' } } } } }],
  [
    "OpenClaw's own names",
    {
      gateway: { mode: 'local', port: 1, bind: 'lan', auth: { mode: 'none' } },
      logging: { level: 'trace' },
      agents: { list: [{ id: 'ann', model: { primary: 'a/b' } }] },
    },
  ],
])('B14 D the schema takes %s', (_what, document) => {
  expect(accepts(document)).toEqual([]);
});

/** What only the gateway can tell: keys that need each other, and names that must exist. */
const BEYOND_A_SCHEMA =
  /because (https|minVersion) is |because (people|Tailscale) |private key|domain name|,clientId$|127\.0\.0\.1$|the export is on|one default agent|nobody|only one of|ftp:|999\.1\.1\.1|\/33|4000d/;

test.each(BROKEN.filter((broken) => !BEYOND_A_SCHEMA.test(broken.join())).map(([text]) => [text]))(
  'B14 D the schema refuses %s',
  (text) => {
    expect(accepts(read(text))).not.toEqual([]);
  },
);

test('B14 D the schema describes every key, with its default, when it takes effect, and which are secrets', () => {
  const node = (path: string): JsonSchema | undefined =>
    path.split('.').reduce<JsonSchema | undefined>((found, part) => {
      const [name = '', item] = part.split('[');
      const options = [found, ...((found?.['anyOf'] as JsonSchema[] | undefined) ?? [])];
      const holder = options.find((option) => option?.['properties'] || (name === '*' && option?.['additionalProperties']));
      const child =
        name === '*' ? holder?.['additionalProperties'] : (holder?.['properties'] as Record<string, unknown> | undefined)?.[name];
      return (item === undefined ? child : (child as JsonSchema | undefined)?.['items']) as JsonSchema | undefined;
    }, schema);
  for (const key of configKeys()) {
    expect(node(key.path), key.path).toMatchObject({
      'x-reload': key.reload,
      description: key.description,
      ...(key.default !== undefined && { default: key.default }),
      ...(key.secret && { writeOnly: true }),
    });
  }
});
