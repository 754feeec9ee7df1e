import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StoredEvent } from '../envelope.ts';
import { isId } from '../ids.ts';
import { AGGREGATES, EVENTS, eventDefinition, summarize, summaryOf, upcast } from './index.ts';

const folder = new URL('../../fixtures/', import.meta.url);
const names = readdirSync(folder).filter((name) => name !== 'schemas.json');
const fixtures = names.map((name) => ({ name, event: JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as StoredEvent }));
const inOrder = fixtures.map(({ event }) => event).sort((a, b) => a.position - b.position);

const everyVersion = EVENTS.flatMap((definition) =>
  Array.from({ length: definition.version }, (_, index) => `${definition.type}.v${index + 1}.json`),
);

describe('golden events', () => {
  it('there is one stored event for every version of every type, and no other', () => {
    expect(names.toSorted()).toEqual(everyVersion.toSorted());
  });

  describe.each(fixtures)('$name', ({ name, event }) => {
    it('is an event as the log stores it', () => {
      expect(name).toBe(`${event.type}.v${event.schemaVersion}.json`);
      expect(isId('event', event.id)).toBe(true);
      expect([event.position, event.version, event.time].every((value) => Number.isSafeInteger(value) && value > 0)).toBe(true);
    });

    it('is brought to the newest version, which its schema takes and keeps whole', () => {
      const data = upcast(event.type, event.schemaVersion, event.data);
      expect(eventDefinition(event.type)?.schema.parse(data)).toEqual(data);
    });

    it('has a summary on one line of at most 200 characters', () => {
      const summary = summarize(event.type, upcast(event.type, event.schemaVersion, event.data));
      expect(summary).toMatch(/^\S.{0,199}$/u);
      expect(summary).not.toContain('undefined');
      expect(summary).not.toContain('[object');
    });

    it('survives the erasure of its data', () => {
      expect(summarize(event.type, { erased: true })).toBe(`${event.type} (erased)`);
    });
  });

  it('tell one day in the order it happened', () => {
    const times = inOrder.map((event) => event.time);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(inOrder.map((event) => event.position)).size).toBe(inOrder.length);
  });

  it('fold in every aggregate without a throw', () => {
    for (const aggregate of AGGREGATES) {
      const evolve = aggregate.evolve as (state: unknown, event: StoredEvent) => unknown;
      expect(() => inOrder.reduce(evolve, aggregate.initial())).not.toThrow();
    }
  });
});

describe('schemas', () => {
  const kept = JSON.parse(readFileSync(new URL('schemas.json', folder), 'utf8')) as Record<string, string>;
  const now = Object.fromEntries(EVENTS.map(({ type, version, schema }) => [`${type}.v${version}`, schemaHash(schema)]));

  it('a schema that was released changes only with a new version of the event', () => {
    const changed = Object.keys(now).filter((key) => kept[key] !== undefined && kept[key] !== now[key]);
    const advice = 'Raise the version and add an upcast and a fixture. Was it never released? `npm run docs -- --accept-schemas`.';
    expect(changed, advice).toEqual([]);
  });

  it('every schema is on record, and what is on record exists', () => {
    expect(Object.keys(kept).toSorted(), '`npm run docs -- --accept-schemas`').toEqual(expect.arrayContaining(Object.keys(now).toSorted()));
    expect(Object.keys(kept).every((key) => everyVersion.includes(`${key}.json`))).toBe(true);
  });
});

describe('the catalog', () => {
  it('names every type once, as aggregate.fact', () => {
    const types = EVENTS.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    for (const aggregate of AGGREGATES) {
      for (const { type } of aggregate.events) expect(type).toMatch(new RegExp(`^${aggregate.name}\\.[a-z]+(_[a-z]+)*$`));
    }
  });

  it('describes every type in whole sentences', () => {
    for (const { description } of EVENTS) expect(description).toMatch(/^[A-Z].*\.$/s);
  });

  it('refuses to read a known type as a newer program wrote it, and names it', () => {
    const newer = {
      type: 'message.received',
      schemaVersion: 99,
      get data() {
        return upcast('message.received', 99, {});
      },
    };
    expect(() => newer.data).toThrowError(expect.objectContaining({ code: 'LOG_TOO_NEW' }));
    expect(summaryOf(newer)).toBe('message.received (of a newer version)');
  });

  it('leaves a type that only a newer program has as it was stored', () => {
    const data = { to: 'the moon' };
    expect(upcast('message.teleported', 1, data)).toBe(data);
    expect(summaryOf({ type: 'message.teleported', schemaVersion: 1, data })).toBe('message.teleported (of a newer version)');
  });
});

function schemaHash(schema: z.ZodType): string {
  return createHash('sha256')
    .update(JSON.stringify(z.toJSONSchema(schema, { io: 'output' })))
    .digest('hex')
    .slice(0, 16);
}
