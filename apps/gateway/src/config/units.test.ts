import { editDistance, nearest } from '@openclaw-gateway/events/nearest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPath, parsePath } from './path.ts';
import { formatDuration, parseDuration, parseSize } from './units.ts';

describe('parseDuration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['1.5h', 5_400_000],
    [' 7D ', 604_800_000],
    ['0s', 0],
    [1500, 1500],
  ])('D reads %j', (input, expected) => {
    expect(parseDuration(input)).toBe(expected);
  });

  it.each(['', '7', '7 days', 'd', '-1s', '1y', '99999d', 'Infinity', '1e3s', -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'D refuses %j',
    (input) => {
      expect(parseDuration(input)).toBeUndefined();
    },
  );

  it('reads back every duration that it writes', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 300 * 86_400_000 }), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});

describe('parseSize', () => {
  it.each([
    ['512b', 512],
    ['64k', 65_536],
    ['256kb', 262_144],
    ['100m', 104_857_600],
    ['512MB', 536_870_912],
    ['1.5GiB', 1_610_612_736],
    ['1t', 1_099_511_627_776],
    [42, 42],
  ])('D reads %j', (input, expected) => {
    expect(parseSize(input)).toBe(expected);
  });

  it.each(['', '100', 'm', '-1m', '1x', '1 0m', -1, 1.5, Number.NaN])('D refuses %j', (input) => {
    expect(parseSize(input)).toBeUndefined();
  });
});

describe('nearest', () => {
  it('counts swapped neighbours as one slip', () => {
    expect(editDistance('prot', 'port')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });

  it('D finds what was meant, and nothing when nothing is near', () => {
    expect(nearest('maxRequest', ['windowMs', 'maxRequests'])).toBe('maxRequests');
    expect(nearest('RATELIMIT', ['rateLimit', 'host'])).toBe('rateLimit');
    expect(nearest('zebra', ['host', 'port'])).toBeUndefined();
  });
});

describe('parsePath', () => {
  it('reads back every path that it writes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 8 }), { maxLength: 5 }), (path) => {
        expect(parsePath(formatPath(path))).toEqual(path);
      }),
    );
  });

  it.each(['a..b', '.a', 'a.', 'a[', 'a[x]', 'a]b', 'a b'])('B14 refuses %j with an example of how to write it', (path) => {
    expect(() => parsePath(path)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('gateway.network.port') }),
    );
  });
});
