import { createLoader } from 'nuqs/server';
import { describe, expect, it } from 'vitest';
import { chipsOf, matches, parseToken, timeSpan, toFilter, withChip, withoutChip } from './filter.ts';
import { type EventQuery, eventParsers, eventsUrl, eventUrlKeys, sessionUrl } from './filter-url.ts';

const load = createLoader(eventParsers, { urlKeys: eventUrlKeys });
const read = (url: string): EventQuery => load(new URL(url, 'http://gateway'));
const EMPTY = read('/events/');
const row = {
  position: 1,
  time: 1_000,
  type: 'message.received',
  severity: 'info',
  summary: '',
  channel: 'http',
  sessionId: 'ses_1',
} as const;

describe('the events page in its address', () => {
  it('comes back from the address as it went in', () => {
    const query = {
      types: ['message.*', 'run.failed'],
      severities: ['warn' as const, 'error' as const],
      channels: ['telegram'],
      agentIds: ['main'],
      sessionId: 'ses_01',
      correlationId: 'msg_01',
      range: 'custom' as const,
      fromTime: 1_000,
      toTime: 2_000,
      selected: 1_204_331,
    };
    expect(read(eventsUrl(query))).toEqual(query);
  });

  it('uses short names and leaves out what is default', () => {
    expect(eventsUrl({ types: ['message.*'], range: '24h' })).toBe('/events/?type=message.*');
    expect(eventsUrl({ range: 'all', selected: 7 })).toBe('/events/?range=all&sel=7');
    expect(sessionUrl('ses_1', 'msg_2')).toBe('/sessions/?id=ses_1&turn=msg_2');
  });

  it('ignores what is not a filter', () => {
    expect(toFilter(read('/events/?severity=purple&range=ever&sel=x'), 0)).toEqual(toFilter(EMPTY, 0));
  });
});

describe('filters', () => {
  it('turns a range into a beginning that stands still within a minute', () => {
    const now = 1_700_000_034_567;
    expect(toFilter(EMPTY, now)).toEqual(toFilter(EMPTY, now + 1_000));
    expect(toFilter({ ...EMPTY, range: '1h' }, now).fromTime).toBe(1_700_000_034_567 - 3_600_000 - 54_567);
    expect(toFilter({ ...EMPTY, range: 'all' }, now)).toEqual({});
    expect(toFilter({ ...EMPTY, range: 'custom', fromTime: 5, toTime: 9 }, now)).toEqual({ fromTime: 5, toTime: 9 });
  });

  it('covers thirty days when the filter has no beginning', () => {
    expect(timeSpan({ toTime: 30 * 86_400_000 }, 0)).toEqual({ fromTime: 0, toTime: 30 * 86_400_000 });
  });

  it.each([
    ['type:message.*', { kind: 'list', field: 'types', value: 'message.*' }],
    ['run.failed', { kind: 'list', field: 'types', value: 'run.failed' }],
    ['severity:error', { kind: 'list', field: 'severities', value: 'error' }],
    ['warn', { kind: 'list', field: 'severities', value: 'warn' }],
    ['channel:telegram', { kind: 'list', field: 'channels', value: 'telegram' }],
    ['agent:main', { kind: 'list', field: 'agentIds', value: 'main' }],
    ['ses_01jd', { kind: 'text', field: 'sessionId', value: 'ses_01jd' }],
    ['message:msg_01', { kind: 'text', field: 'correlationId', value: 'msg_01' }],
    ['#1204331', { kind: 'position', position: 1_204_331 }],
  ])('reads %s', (text, token) => {
    expect(parseToken(text)).toEqual(token);
  });

  it.each(['severity:purple', 'colour:red', 'hello', 'type:', ''])('refuses %s', (text) => {
    expect(parseToken(text)).toBeUndefined();
  });

  it('adds a clause once and takes it away again', () => {
    const chip = { field: 'types', value: 'run.*' } as const;
    const added = { ...EMPTY, ...withChip(EMPTY, chip) };
    expect(withChip(added, chip)).toEqual({ types: ['run.*'] });
    expect(chipsOf(added)).toEqual([chip]);
    expect(withoutChip(added, chip)).toEqual({ types: null });
  });

  it.each([
    [{}, true],
    [{ types: ['message.*'] }, true],
    [{ types: ['mess.*', 'run.*'] }, false],
    [{ types: ['message.received'] }, true],
    [{ severities: ['error' as const] }, false],
    [{ channels: ['http'], sessionId: 'ses_1' }, true],
    [{ agentIds: ['main'] }, false],
    [{ correlationId: 'msg_1' }, false],
    [{ fromTime: 1_000, toTime: 1_001 }, true],
    [{ toTime: 1_000 }, false],
  ])('decides about a live row as the gateway would: %j', (filter, expected) => {
    expect(matches(filter, row)).toBe(expected);
  });
});
