import { createLoader } from 'nuqs/server';
import { describe, expect, it } from 'vitest';
import { eventsUrl, sessionUrl } from '../frame/links.ts';
import { positionIn, timeSpan, toFilter } from './filter.ts';
import { type EventQuery, eventParsers, eventUrlKeys } from './filter-url.ts';

const load = createLoader(eventParsers, { urlKeys: eventUrlKeys });
const read = (url: string): EventQuery => load(new URL(url, 'http://gateway'));
const EMPTY = read('/events/');

describe('the events page in its address', () => {
  it('comes back from the address as it went in', () => {
    const query = {
      q: 'type:(message.*,run.failed) "a, b" -agent:main',
      range: 'custom' as const,
      fromTime: 1_000,
      toTime: 2_000,
      selected: 1_204_331,
      tab: 'payload' as const,
      view: 'errors',
      columns: ['time', 'type'],
    };
    expect(read(eventsUrl(query))).toEqual({ ...EMPTY, ...query });
  });

  it('says in the query language what other pages link to by fields, and leaves out what is default', () => {
    const q = (url: string) => read(url).q;
    expect(q(eventsUrl({ types: ['message.*'], range: '24h' }))).toBe('type:message.*');
    expect(q(eventsUrl({ severities: ['warn', 'error'], channels: ['my hook'], correlationId: 'msg_1', q: 'dur:>2s' }))).toBe(
      'sev:(warn,error) channel:"my hook" corr:msg_1 dur:>2s',
    );
    expect(eventsUrl({ range: 'all', selected: 7 })).toBe('/events/?range=all&sel=7');
    expect(sessionUrl('ses_1', 'msg_2')).toBe('/sessions/?id=ses_1&turn=msg_2');
  });

  it('ignores what is not a filter', () => {
    expect(toFilter(read('/events/?range=ever&sel=x'), 0)).toEqual(toFilter(EMPTY, 0));
  });
});

describe('filters', () => {
  it('turns a range into a beginning that stands still within a minute', () => {
    const now = 1_700_000_034_567;
    expect(toFilter(EMPTY, now)).toEqual(toFilter(EMPTY, now + 1_000));
    expect(toFilter({ ...EMPTY, range: '1h' }, now).fromTime).toBe(1_700_000_034_567 - 3_600_000 - 54_567);
    expect(toFilter({ ...EMPTY, range: 'all' }, now)).toEqual({});
    expect(toFilter({ ...EMPTY, range: 'custom', fromTime: 5, toTime: 9, q: ' x ' }, now)).toEqual({ query: 'x', fromTime: 5, toTime: 9 });
  });

  it('covers thirty days when the filter has no beginning', () => {
    expect(timeSpan({ toTime: 30 * 86_400_000 }, 0)).toEqual({ fromTime: 0, toTime: 30 * 86_400_000 });
  });

  it.each([
    ['#1204331', 1_204_331],
    [' 7 ', 7],
    ['seq:7', undefined],
    ['', undefined],
  ])('takes %j for the position %s', (text, position) => {
    expect(positionIn(text)).toBe(position);
  });
});
