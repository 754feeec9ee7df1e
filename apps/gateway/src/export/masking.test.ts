import { ConfigChanged, EVENTS, eventDefinition, newId, piiPaths, type StoredEvent, summarize } from '@openclaw-gateway/events';
import { describe, expect, it } from 'vitest';
import { complainAboutCloudEvent, complainAboutOcsf, readCef } from './conformance/validators.ts';
import { createFormat } from './formats/index.ts';
import { exported, goldenEvents, PRODUCT } from './formats/testing.ts';
import { createMask, type MaskingProfile } from './masking.ts';

const events = goldenEvents();
const key = new Uint8Array(32).fill(7);
const maskFor = (profile: MaskingProfile, fields: readonly string[] = ['password', 'apiKey', 'token', 'creditCard']) =>
  createMask({ profile, key, fields, charsToKeep: 4 });

/** Words of the language itself, which stand in any line. */
const ORDINARY = new Set(['user', 'tool', 'assistant', 'main', 'true', 'false']);

/** Every text and number that stands in a field which the catalog marks as personal. */
function personalValues(type: string, data: unknown): string[] {
  const definition = EVENTS.find((event) => event.type === type);
  return (definition ? piiPaths(definition.schema) : []).flatMap((path) => leaves(path.replaceAll('[]', '.[]').split('.'), data));
}

function leaves(path: readonly string[], value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const [step, ...rest] = path;
  if (step === '[]') return (value as unknown[]).flatMap((item) => leaves(rest, item));
  if (step !== undefined) return leaves(rest, (value as Record<string, unknown>)[step]);
  if (typeof value === 'object') return Object.values(value).flatMap((item) => leaves([], item));
  return typeof value === 'boolean' ? [] : [String(value)];
}

describe('masking', () => {
  it('leaves everything as it is under the profile none', () => {
    const mask = maskFor('none');
    expect(events.map((event) => mask.apply(event))).toEqual(events);
    expect(mask.fields.size).toBe(0);
  });

  it.each(['default', 'strict'] as const)('B16 under the profile %s no format shows what is marked as personal', (profile) => {
    const mask = maskFor(profile);
    for (const event of events) {
      const secrets = personalValues(event.type, event.data).filter((value) => value.length > 3 && !ORDINARY.has(value));
      const shown = mask.apply(event);
      for (const name of ['jsonl', 'csv', 'cef', 'ocsf'] as const) {
        const line = createFormat(name, PRODUCT).line(shown);
        expect(secrets.filter((secret) => line.includes(JSON.stringify(secret).slice(1, -1)))).toEqual([]);
      }
    }
    expect(mask.fields.get('text')).toBeGreaterThan(0);
    expect([...mask.fields.keys()].filter((field) => field.startsWith('candidates[].actual'))).not.toEqual([]);
  });

  it('tells a secret by its own name and that of the field around it, whatever characters they hold', () => {
    const [golden] = events;
    if (!golden) throw new TypeError('there are no fixtures');
    const data = {
      x: { 'y.token': 'plain and simple' },
      'x.y': { token: 'abcdefghijklm' },
      headers: { via: 'abcdefghijklm' },
      via: 'proxy',
    };
    const { id, type, schemaVersion, position, streamId, version, time, metadata } = golden;
    const shown = maskFor('default', []).apply(exported({ id, type, schemaVersion, position, streamId, version, time, metadata, data }));
    expect(shown.data).toEqual({ ...data, 'x.y': { token: '***jklm' }, headers: { via: '***jklm' } });
  });

  it.each(['default', 'strict'] as const)('under the profile %s every event still has its shape and its sentence', (profile) => {
    const mask = maskFor(profile);
    for (const event of events) {
      const shown = mask.apply(event);
      expect(summarize(shown.type, shown.data)).toMatch(/^\S.{0,199}$/u);
      expect(complainAboutCloudEvent(createFormat('jsonl', PRODUCT).line(shown))).toBeUndefined();
      expect(complainAboutOcsf(createFormat('ocsf', PRODUCT).line(shown))).toBeUndefined();
      expect(readCef(createFormat('cef', PRODUCT).line(shown)).header[3]).toBe(event.type);
    }
  });

  it('gives the same hash for the same value and another one under another key', () => {
    const received = events.find(({ type }) => type === 'message.received') ?? events[0];
    const sender = (mask: ReturnType<typeof maskFor>) => (mask.apply(received as never).data as { sender: { id: string } }).sender.id;
    expect(sender(maskFor('default'))).toMatch(/^hmac:[0-9a-f]{8}$/);
    expect(sender(maskFor('default'))).toBe(sender(maskFor('default')));
    const other = createMask({ profile: 'default', key: new Uint8Array(32), fields: [], charsToKeep: 4 });
    expect(sender(other)).not.toBe(sender(maskFor('default')));
  });

  it('keeps the end of a secret, wherever its field occurs, and nothing of a short one', () => {
    const changed = ConfigChanged.create({
      hash: 'c0ffee00',
      source: 'file',
      restartNeeded: [],
      changes: [
        { path: 'shop.creditCard', op: 'replace', before: '4111111111111111', after: '42' },
        { path: 'x', op: 'add', after: { apiKey: 'sk-0123456789', Password: 'hunter2hunter2', plain: 'seen' } },
      ],
    });
    const mask = maskFor('default');
    const event: StoredEvent = { ...changed, position: 1, streamId: 'config', version: 1, time: 1, metadata: {} };
    const { changes } = mask.apply(exported(event)).data as { changes: { before?: unknown; after: unknown }[] };
    expect(changes[0]).toMatchObject({ before: '***1111', after: '***' });
    expect(changes[1]).toMatchObject({ after: { apiKey: '***6789', Password: '***ter2', plain: 'seen' } });
    expect(Object.fromEntries(mask.fields)).toEqual({
      'changes[].before': 1,
      'changes[].after': 1,
      'changes[].after.apiKey': 1,
      'changes[].after.Password': 1,
    });
  });

  it('strict replaces every id by a pseudonym of its kind, the same everywhere', () => {
    const session = newId('session');
    const [event] = events.filter(({ type }) => type === 'message.queued');
    const shown = maskFor('strict').apply(
      exported({
        ...plain(event),
        streamId: `session/${session}`,
        metadata: { sessionId: session, actor: { type: 'service_account', id: 'hook:deploy' } },
      }),
    );
    const line = createFormat('jsonl', PRODUCT).line(shown);
    expect(line).not.toContain(session);
    expect(line).not.toContain('hook:deploy');
    expect(shown.metadata.sessionId).toMatch(/^ses_[0-9a-z]{26}$/);
    expect(shown.streamId).toBe(`session/${shown.metadata.sessionId}`);
    expect(shown.metadata.actor?.id).toMatch(/^hmac:/);
  });

  it('an event in which nothing was masked can still be verified', () => {
    const started = events.find(({ type }) => type === 'gateway.started');
    expect(started && maskFor('default').apply(started).stored).toBeDefined();
    const received = events.find(({ type }) => type === 'message.received');
    expect(received && maskFor('default').apply(received).stored).toBeUndefined();
  });
});

function plain(event: (typeof events)[number] | undefined): StoredEvent {
  if (!event) throw new Error('no such event');
  const { id, type, schemaVersion, data, position, streamId, version, time, metadata } = event;
  expect(eventDefinition(type)).toBeDefined();
  return { id, type, schemaVersion, data, position, streamId, version, time, metadata };
}
