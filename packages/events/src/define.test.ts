import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EVENTS } from './catalog/index.ts';
import { defineAggregate, defineEvent, pii, piiPaths, shorten } from './define.ts';

const shared = { description: 'A test.', summary: () => 'x', retention: 'debug' as const };

describe('defineEvent', () => {
  it('refuses a version without the way from each older one', () => {
    expect(() => defineEvent('test.moved', { ...shared, version: 3, schema: z.object({}), upcast: { 2: (d) => d } })).toThrow(
      'test.moved is at version 3 but has no upcast from 1',
    );
  });

  it('creates events of its newest version and refuses data that does not fit', () => {
    const Moved = defineEvent('test.moved', { ...shared, version: 1, schema: z.object({ to: z.string() }) });
    expect(Moved.create({ to: 'here' })).toMatchObject({ type: 'test.moved', schemaVersion: 1, data: { to: 'here' } });
    expect(() => Moved.create({ to: 1 } as never)).toThrow(z.ZodError);
  });

  it('keeps every summary to one line of 200 characters', () => {
    const Said = defineEvent('test.said', { ...shared, version: 1, schema: z.object({ text: z.string() }), summary: (d) => d.text });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        const summary = Said.summary({ text });
        expect(summary.length).toBeLessThanOrEqual(200);
        expect(summary).not.toMatch(/[\r\n\t]/);
      }),
    );
  });
});

describe('defineAggregate', () => {
  it('refuses a type that is not aggregate.fact', () => {
    const Odd = defineEvent('Odd-Type', { ...shared, version: 1, schema: z.object({}) });
    expect(() => defineAggregate({ name: 'odd', events: [Odd], initial: () => 0, evolve: (state) => state })).toThrow(TypeError);
  });
});

describe('piiPaths', () => {
  it('finds marked fields in objects, lists and behind optional, nullable and default', () => {
    const schema = z.object({
      id: z.string(),
      text: pii(z.string()),
      sender: z.object({ id: pii(z.string()), name: pii(z.string()).optional() }),
      parts: z.array(z.object({ body: pii(z.string()).nullable() })).default([]),
      notes: pii(z.array(z.string())).optional(),
    });
    expect(piiPaths(schema)).toEqual(['text', 'sender.id', 'sender.name', 'parts[].body', 'notes']);
  });

  it('covers whatever in the catalog a person wrote or is known by', () => {
    const telling = /(^|\.)(text|sender\.(id|name)|(peer|to)\.id|sessionKey|arguments|result|title|history|system)$/;
    for (const { type, schema } of EVENTS) {
      const marked = piiPaths(schema);
      const open = allPaths(schema).filter(
        (path) => telling.test(path) && !marked.some((prefix) => path === prefix || path.startsWith(`${prefix}`)),
      );
      expect(open, type).toEqual([]);
    }
  });
});

describe('shorten', () => {
  it('leaves short text alone and says when it cut', () => {
    expect(shorten('a  b\nc', 10)).toBe('a b c');
    expect(shorten('abcdef', 4)).toBe('abc…');
    expect(shorten('abcd', 4)).toBe('abcd');
  });
});

/** Every path of a schema, read from its JSON Schema, so that it does not share a mistake with `piiPaths`. */
function allPaths(schema: z.ZodType): string[] {
  const walk = (node: unknown, at: string): string[] => {
    if (typeof node !== 'object' || node === null) return [];
    const { properties, items } = node as { properties?: Record<string, unknown>; items?: unknown };
    const below = Object.entries(properties ?? {}).flatMap(([key, value]) => walk(value, at ? `${at}.${key}` : key));
    return [at, ...below, ...(items ? walk(items, `${at}[]`) : [])];
  };
  return walk(z.toJSONSchema(schema), '').filter(Boolean);
}
