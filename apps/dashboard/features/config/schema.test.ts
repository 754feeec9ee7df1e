import { describe, expect, it } from 'vitest';
import { fieldsOf, inheritedFrom, keyOf, type Schema, schemaAt, writtenPath } from './schema.ts';

const VARIABLE = { $ref: '#/definitions/variable' };
const ROOT: Schema = {
  type: 'object',
  properties: {
    gateway: {
      type: 'object',
      properties: {
        port: { anyOf: [{ type: 'integer' }, VARIABLE], default: 18789, 'x-reload': 'restart', description: 'The port.' },
        old: { deprecated: true, type: 'string' },
        token: { writeOnly: true, anyOf: [{ type: 'string' }, { type: 'object', properties: { length: {} } }, VARIABLE] },
      },
    },
    agents: {
      type: 'object',
      properties: {
        entries: { type: 'object', additionalProperties: { type: 'object', properties: { model: { type: 'string' } } } },
      },
    },
    bindings: { type: 'array', items: { type: 'object', properties: { agentId: { type: 'string' } } } },
    scope: { anyOf: [{ type: 'string', enum: ['main', 'peer'] }, VARIABLE] },
    allow: { type: 'array', items: { type: 'string' } },
  },
};

describe('fieldsOf', () => {
  const fields = fieldsOf(ROOT, { agents: { entries: { ada: {} } }, bindings: [{ agentId: 'ada' }] });

  it('lists what is written and what could be, by kind', () => {
    expect(fields.map(({ path, kind }) => [writtenPath(path), kind])).toEqual([
      ['gateway.port', 'number'],
      ['gateway.token', 'json'],
      ['agents.entries', 'map'],
      ['agents.entries.ada.model', 'text'],
      ['bindings', 'objects'],
      ['bindings[0].agentId', 'text'],
      ['scope', 'choice'],
      ['allow', 'list'],
    ]);
  });

  it('names each as the documentation does', () => {
    expect(fields.map(({ key }) => key)).toContain('agents.entries.*.model');
    expect(fields.map(({ key }) => key)).toContain('bindings[].agentId');
    expect(keyOf(ROOT, ['agents', 'entries', 'ada', 'model'])).toBe('agents.entries.*.model');
    expect(keyOf(ROOT, ['bindings', '3', 'agentId'])).toBe('bindings[].agentId');
  });

  it('knows defaults, choices and secrets', () => {
    expect(fields[0]).toMatchObject({ fallback: 18789, reload: 'restart', description: 'The port.' });
    expect(fields.find(({ key }) => key === 'scope')?.choices).toEqual(['main', 'peer']);
    expect(fields.find(({ key }) => key === 'gateway.token')?.secret).toBe(true);
  });
});

it('finds the schema of a place and what an agent inherits from', () => {
  expect(schemaAt(ROOT, ['agents', 'entries', 'x', 'model'])).toEqual({ type: 'string' });
  expect(schemaAt(ROOT, ['nothing'])).toBeUndefined();
  expect(inheritedFrom(['agents', 'entries', 'x', 'model'])).toEqual(['agents', 'defaults', 'model']);
  expect(inheritedFrom(['channels', 'slack', 'accounts', 'a', 'dmPolicy'])).toEqual(['channels', 'slack', 'dmPolicy']);
  expect(inheritedFrom(['gateway', 'network', 'port'])).toBeUndefined();
});
