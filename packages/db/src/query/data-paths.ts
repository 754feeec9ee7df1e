/** Which fields the data of which event types can have, from the schemas of the catalog. */
import { EVENTS } from '@openclaw-gateway/events/catalog/index';
import { z } from 'zod';

type Paths = {
  /** Each path with the types that have it. */
  readonly types: ReadonlyMap<string, ReadonlySet<string>>;
  /** Paths below which anything may lie. */
  readonly open: ReadonlyMap<string, ReadonlySet<string>>;
};

let catalog: Paths | undefined;

/** Lists are passed through: `toolCalls.tool` is the tool of any call. */
export function dataPaths(): Paths {
  catalog ??= readCatalog();
  return catalog;
}

/** The types whose data can have the path; none when no type has it. */
export function typesWithPath(path: string): ReadonlySet<string> {
  const { types, open } = dataPaths();
  const found = new Set(types.get(path));
  for (let at = path.lastIndexOf('.'); at > 0; at = path.lastIndexOf('.', at - 1)) {
    for (const type of open.get(path.slice(0, at)) ?? []) found.add(type);
  }
  return found;
}

/** The values at a path, those in lists one by one. */
export function valuesAt(data: unknown, path: string): readonly unknown[] {
  const found: unknown[] = [];
  collect(data, stepsOf(path), 0, found);
  return found;
}

function collect(value: unknown, steps: readonly string[], at: number, into: unknown[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, steps, at, into);
    return;
  }
  const step = steps[at];
  if (step === undefined) into.push(value);
  else if (isObject(value) && Object.hasOwn(value, step)) collect(value[step], steps, at + 1, into);
}

const MAX_KNOWN = 1000;
const known = new Map<string, readonly string[]>();

function stepsOf(path: string): readonly string[] {
  let steps = known.get(path);
  if (!steps) {
    if (known.size >= MAX_KNOWN) known.clear();
    steps = path.split('.');
    known.set(path, steps);
  }
  return steps;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function readCatalog(): Paths {
  const types = new Map<string, Set<string>>();
  const open = new Map<string, Set<string>>();
  for (const { type, schema } of EVENTS) {
    walk(schema, '', (path, isOpen) => {
      add(types, path, type);
      if (isOpen) add(open, path, type);
    });
  }
  return { types, open };
}

function walk(schema: unknown, at: string, tell: (path: string, isOpen: boolean) => void): void {
  if (schema instanceof z.ZodObject) {
    for (const [key, field] of Object.entries(schema.shape)) {
      const path = at ? `${at}.${key}` : key;
      tell(path, isOpen(field));
      walk(field, path, tell);
    }
  } else if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    walk(schema.unwrap(), at, tell);
  } else if (schema instanceof z.ZodArray) {
    walk(schema.element, at, tell);
  } else if (schema instanceof z.ZodUnion) {
    for (const option of schema.options) walk(option, at, tell);
  }
}

function isOpen(schema: unknown): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) return isOpen(schema.unwrap());
  if (schema instanceof z.ZodArray) return isOpen(schema.element);
  return schema instanceof z.ZodUnknown || schema instanceof z.ZodAny || schema instanceof z.ZodRecord;
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key) ?? new Set();
  set.add(value);
  map.set(key, set);
}
