import { readdirSync, readFileSync } from 'node:fs';
import { eventDefinition, piiPaths } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinPersonal, splitPersonal, withoutPersonal } from './split.ts';

const folder = new URL('../../../events/fixtures/', import.meta.url);
const fixtures = readdirSync(folder)
  .filter((name) => name !== 'schemas.json')
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { type: string; schemaVersion: number; data: unknown })
  .filter(({ type, schemaVersion }) => eventDefinition(type)?.version === schemaVersion);
const marked = (type: string): string[] => {
  const definition = eventDefinition(type);
  return definition ? piiPaths(definition.schema) : [];
};
const personal = fixtures.filter(({ type }) => marked(type).length > 0);

describe('the two parts of an event', () => {
  test.each(personal)('$type is whole again when they are joined, with its fields in their order', ({ type, data }) => {
    const split = splitPersonal(type, data);
    const joined = joinPersonal(json(split?.open), json(split?.sealed));
    expect(JSON.stringify(joined)).toBe(JSON.stringify(data));
  });

  test.each(personal)('$type holds nothing in its open part that is marked as personal', ({ type, data }) => {
    const open = splitPersonal(type, data)?.open;
    for (const path of marked(type)) {
      for (const value of valuesAt(open, path)) expect([undefined, '[sealed]', null, [], {}]).toContainEqual(value);
    }
    expect(JSON.stringify(withoutPersonal(open))).not.toContain('[sealed]');
  });

  test('an event without personal fields is not taken apart', () => {
    expect(splitPersonal('message.queued', { messageId: 'm' })).toBeUndefined();
    expect(splitPersonal('unknown.type', { text: 'x' })).toBeUndefined();
    expect(splitPersonal('delivery.succeeded', { deliveryId: 'd', attempt: 1, durationMs: 1 })).toBeUndefined();
  });

  test('anything a tool may return comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (result) => {
        const data = { runId: 'r', callId: 'c', tool: 't', result, durationMs: 1 };
        const split = splitPersonal('tool.completed', data);
        expect(joinPersonal(json(split?.open), json(split?.sealed))).toEqual(json(data));
        expect(JSON.stringify(split?.open).length).toBeLessThan(90);
      }),
    );
  });

  test('a key that would change an object is carried over like any other', () => {
    const result = JSON.parse('{"__proto__":{"admin":true},"constructor":1}') as unknown;
    const split = splitPersonal('tool.completed', { runId: 'r', callId: 'c', tool: 't', result, durationMs: 1 });
    const joined = joinPersonal(json(split?.open), json(split?.sealed)) as { result: object };
    expect(JSON.stringify(joined.result)).toBe('{"__proto__":{"admin":true},"constructor":1}');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

function valuesAt(value: unknown, path: string): unknown[] {
  let at: unknown[] = [value];
  for (const step of path.split('.')) {
    const [, name = '', items] = /^([^[]*)(\[\])?$/.exec(step) ?? [];
    at = at.map((item) => (item as Record<string, unknown> | undefined)?.[name]);
    if (items) at = at.flat();
  }
  return at;
}

function json(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
