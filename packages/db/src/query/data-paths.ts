/** Which fields the data of which event types can have, from the schemas of the catalog. */
import { EVENTS } from '@openclaw-gateway/events/catalog/index';
import { z } from 'zod';

type Paths = {
  /** Each path with the types that have it. */
  readonly types: ReadonlyMap<string, ReadonlySet<string>>;
  /** Paths below which anything may lie. */
  readonly open: ReadonlyMap<string, ReadonlySet<string>>;
};

let known: Paths | undefined;

/** Lists are passed through: `toolCalls.tool` is the tool of any call. */
export function dataPaths(): Paths {
  known ??= readCatalog();
  return known;
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
  let values: unknown[] = [data];
  for (const key of path.split('.')) {
    values = values.flatMap((value) => {
      const each = Array.isArray(value) ? value : [value];
      return each.flatMap((item: unknown) => (isObject(item) && Object.hasOwn(item, key) ? [item[key]] : []));
    });
  }
  return values.flat(Number.POSITIVE_INFINITY);
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
