/** Every key that the schema knows, as a list: for hints, for the reference and for forms. */
import { z } from 'zod';
import type { KeyPath } from './path.ts';
import { reloadOf } from './reload.ts';
import { configSchema } from './schema/index.ts';
import { isFileReference } from './secret-references.ts';
import { isSecretPath } from './secrets.ts';

export type ConfigKey = {
  /** `*` stands for a name that the user chooses, `[]` for the items of a list. */
  readonly path: string;
  /** What may be written, as the end of "expected …". */
  readonly expected: string;
  /** As one writes it; absent where there is none. */
  readonly default?: unknown;
  readonly description: string;
  readonly secret: boolean;
  readonly reload: 'hot' | 'restart';
};

/** All keys in the order of the schema. */
export function configKeys(): readonly ConfigKey[] {
  return leaves(configSchema, [], undefined);
}

/** The keys that may stand at a path; `undefined` where the user chooses them, or nothing may. */
export function knownKeys(path: readonly string[]): readonly string[] | undefined {
  const schema = schemaAt(path);
  const object = schema && objectsOf(schema)[0];
  return object ? Object.keys(object.shape) : undefined;
}

/** Whether a value may stand at a path, as far as the key itself can say. */
export function mayStandAt(path: readonly string[], value: unknown): boolean {
  if (isFileReference(value) && isSecretPath(path)) return isKnownPath(path);
  return schemaAt(path)?.safeParse(value).success === true;
}

/** Whether the schema has a key at this path, or lets the user choose one there. */
export function isKnownPath(path: readonly string[]): boolean {
  return schemaAt(path) !== undefined;
}

/** Whether the last part of a path is a name that the user chose, as that of an agent is. */
export function isNamedByUser(path: readonly string[]): boolean {
  const parent = schemaAt(path.slice(0, -1));
  if (!parent || path.length === 0) return false;
  const isOwnKey = knownKeys(path.slice(0, -1))?.includes(path.at(-1) ?? '') ?? false;
  return !isOwnKey && step(parent, path.at(-1) ?? '') !== undefined;
}

/** The defaults of everything that has one, as one writes them. */
export function writtenDefaults(): Record<string, unknown> {
  return (fill(configSchema) ?? {}) as Record<string, unknown>;
}

function leaves(schema: z.ZodType, path: KeyPath, inherited: unknown): ConfigKey[] {
  const fallback = inherited ?? defaultOf(schema);
  const bare = strip(schema);
  const described = descriptionOf(schema);
  if (bare instanceof z.ZodObject) {
    const chosen = typeof fallback === 'object' && fallback !== null ? (fallback as Record<string, unknown>) : {};
    const fields = Object.entries(bare.shape).flatMap(([key, field]) => leaves(field as z.ZodType, [...path, key], chosen[key]));
    const catchall = bare.def.catchall && !isClosed(bare) ? leaves(bare.def.catchall as z.ZodType, [...path, '*'], undefined) : [];
    return [...fields, ...catchall];
  }
  const own: ConfigKey = {
    path: path.join('.'),
    expected: expectationOf(schema),
    ...(fallback !== undefined && { default: fallback }),
    description: described,
    secret: isSecretPath(path),
    reload: reloadOf(path.map((part) => part.replace('[]', ''))),
  };
  if (bare instanceof z.ZodRecord) return [own, ...leaves(bare.valueType as z.ZodType, [...path, '*'], undefined)];
  if (bare instanceof z.ZodArray) {
    const item = bare.element as z.ZodType;
    return strip(item) instanceof z.ZodObject ? [own, ...leaves(item, [...path.slice(0, -1), `${path.at(-1)}[]`], undefined)] : [own];
  }
  if (bare instanceof z.ZodUnion) return [own, ...objectsOf(bare).flatMap((object) => leaves(object, path, undefined))];
  return [own];
}

function fill(schema: z.ZodType): unknown {
  const fallback = defaultOf(schema);
  const bare = strip(schema);
  if (fallback === undefined && schema instanceof z.ZodExactOptional) return undefined;
  if (!(bare instanceof z.ZodObject)) return fallback;
  const chosen = (fallback ?? {}) as Record<string, unknown>;
  const entries = Object.entries(bare.shape).map(([key, field]) => [key, chosen[key] ?? fill(field as z.ZodType)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function schemaAt(path: readonly string[]): z.ZodType | undefined {
  return path.reduce<z.ZodType | undefined>((schema, part) => schema && step(schema, part), configSchema);
}

function step(schema: z.ZodType, part: string): z.ZodType | undefined {
  const bare = strip(schema);
  if (bare instanceof z.ZodArray) return bare.element as z.ZodType;
  if (bare instanceof z.ZodRecord) return bare.valueType as z.ZodType;
  for (const object of objectsOf(bare)) {
    const field = (object.shape as Record<string, z.ZodType>)[part];
    if (field) return field;
    if (object.def.catchall && !isClosed(object)) return object.def.catchall as z.ZodType;
  }
  return undefined;
}

function objectsOf(schema: z.ZodType): z.ZodObject[] {
  const bare = strip(schema);
  if (bare instanceof z.ZodObject) return [bare];
  return bare instanceof z.ZodUnion ? bare.options.flatMap((option) => objectsOf(option as z.ZodType)) : [];
}

function isClosed(object: z.ZodObject): boolean {
  return object.def.catchall instanceof z.ZodNever || object.def.catchall instanceof z.ZodUnknown;
}

/** What is inside defaults, options and transformations. */
function strip(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional)
    return strip(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodPipe ? strip(schema.in as z.ZodType) : schema;
}

function defaultOf(schema: z.ZodType): unknown {
  if (schema instanceof z.ZodPrefault) return schema.def.defaultValue;
  return schema instanceof z.ZodPipe ? defaultOf(schema.in as z.ZodType) : undefined;
}

function descriptionOf(schema: z.ZodType): string {
  const own = z.globalRegistry.get(schema)?.description;
  if (own) return own;
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodExactOptional) return descriptionOf(schema.unwrap() as z.ZodType);
  return '';
}

/** What a schema says when it gets something that nobody can mean. */
function expectationOf(schema: z.ZodType): string {
  const result = schema.safeParse(Symbol('nothing'));
  return result.success ? 'anything' : (result.error.issues[0]?.message ?? '');
}
