/** The configuration as a JSON Schema, for editors: what the zod schema says, and what it cannot say about each key. */
import { z } from 'zod';
import { aliasNames } from './aliases.ts';
import { type ConfigKey, configKeys } from './keys.ts';
import type { KeyPath } from './path.ts';
import { formatPath } from './path.ts';
import { configSchema } from './schema/index.ts';

export type JsonSchema = { [keyword: string]: unknown };
type Block = JsonSchema & { properties: Record<string, JsonSchema> };

const VARIABLE = '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}';
const DEFINITIONS = {
  variable: { type: 'string', pattern: VARIABLE, description: 'The value of an environment variable.' },
  secretFile: {
    type: 'object',
    description: 'A secret that is in a file.',
    properties: { file: { type: 'string', pattern: `^/|${VARIABLE}`, description: 'The absolute path of the file.' } },
    required: ['file'],
    additionalProperties: false,
  },
};
const VARIABLE_REF = { $ref: '#/definitions/variable' };

/** The schema in draft 7, which every editor knows. `x-reload` says whether a key takes effect `hot` or after a `restart`. */
export function configJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
  const keys = new Map(configKeys().map((key) => [key.path, key]));
  const root = describe(schema as JsonSchema, [], keys) as Block;
  addAliases(root);
  return {
    $schema,
    title: 'Configuration of OpenClaw Gateway',
    description: 'openclaw.json, written in JSON5. `openclaw config validate` also checks what keys mean together.',
    ...root,
    definitions: DEFINITIONS,
  };
}

function describe(node: JsonSchema, path: KeyPath, keys: ReadonlyMap<string, ConfigKey>): JsonSchema {
  const { default: _, expected: __, secret: ___, ...bare } = node;
  const key = keys.get(path.join('.'));
  const { description, ...shape } = within(bare, path, keys);
  if (!key) return { ...(description !== undefined && { description }), ...shape };
  return {
    description: key.description || description,
    'x-reload': key.reload,
    ...(key.secret && { writeOnly: true }),
    ...(key.default !== undefined && { default: key.default }),
    ...orReference(shape, key.secret),
  };
}

/** The same with what is in it described. */
function within(node: JsonSchema, path: KeyPath, keys: ReadonlyMap<string, ConfigKey>): JsonSchema {
  const inner = (child: unknown, ...more: string[]) => describe(child as JsonSchema, [...path, ...more], keys);
  const itemPath = [...path.slice(0, -1), `${path.at(-1)}[]`];
  return {
    ...node,
    ...(isSchema(node['properties']) && {
      properties: Object.fromEntries(Object.entries(node['properties']).map(([name, child]) => [name, inner(child, name)])),
    }),
    ...(isSchema(node['additionalProperties']) &&
      Object.keys(node['additionalProperties']).length > 0 && { additionalProperties: inner(node['additionalProperties'], '*') }),
    ...(isSchema(node['items']) && { items: orReference(describe(node['items'], itemPath, keys), false) }),
    // A spelling of the same key: what is said of the key is said around it.
    ...(Array.isArray(node['anyOf']) && {
      anyOf: node['anyOf'].map(({ secret: _, ...option }: JsonSchema) => within(option, path, keys)),
    }),
  };
}

/** Any text may name environment variables, also where a number or a flag is expected; a secret may be in a file. */
function orReference(shape: JsonSchema, secret: boolean): JsonSchema {
  const file = secret ? [{ $ref: '#/definitions/secretFile' }] : [];
  if (Array.isArray(shape['anyOf'])) return { ...shape, anyOf: [...shape['anyOf'], ...file] };
  if (typeof shape['pattern'] === 'string') return { ...shape, pattern: `(${shape['pattern']})|${VARIABLE}` };
  const isText = shape['type'] === 'string' && shape['enum'] === undefined;
  const isStructure = shape['type'] === 'object' || shape['type'] === 'array' || shape['type'] === undefined;
  if (isText) return secret ? { anyOf: [shape, ...file] } : shape;
  return isStructure ? shape : { anyOf: [shape, VARIABLE_REF] };
}

/** The names that OpenClaw's own users know are right as well, if not the best. */
function addAliases(root: Block): void {
  for (const { from, to, words, only } of aliasNames()) {
    const target = to && nodeAt(root, to);
    const parent = from.slice(0, -1).reduce((block, part) => {
      block.properties[part] ??= { deprecated: true, type: 'object', properties: {}, additionalProperties: false };
      return block.properties[part] as Block;
    }, root);
    const { description: _, default: __, ...shape } = target ?? {};
    const choices = [...(words ? [{ enum: words }, VARIABLE_REF] : []), ...(target && !only ? [shape] : [])];
    parent.properties[from.at(-1) ?? ''] = {
      deprecated: true,
      description: to ? `Read as ${formatPath(to)}.` : 'Not needed here.',
      anyOf: choices,
    };
  }
  const entries = nodeAt(root, ['agents', 'entries']);
  const entry = entries?.['additionalProperties'] as Block | undefined;
  const agents = root.properties['agents'] as Block | undefined;
  if (!entry || !agents) return;
  for (const block of [entry, agents.properties['defaults'] as Block]) {
    const { model } = block.properties;
    const { description, 'x-reload': reload, default: fallback, ...text } = model ?? {};
    const primary = { type: 'object', properties: { primary: text }, required: ['primary'], additionalProperties: false };
    block.properties['model'] = {
      ...(description !== undefined && { description }),
      'x-reload': reload,
      ...(fallback !== undefined && { default: fallback }),
      anyOf: [text, primary],
    };
  }
  const item = { ...entry, properties: { id: { type: 'string' }, ...entry.properties }, required: ['id'] };
  agents.properties['list'] = { deprecated: true, description: 'Read as agents.entries.', type: 'array', items: item };
}

function nodeAt(root: JsonSchema, path: KeyPath): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((node, part) => {
    const options = [node, ...((node?.['anyOf'] as JsonSchema[] | undefined) ?? [])];
    const holder = options.find((option) => isSchema(option?.['properties']) && Object.hasOwn(option['properties'], part));
    return (holder as Block | undefined)?.properties[part];
  }, root);
}

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value);
