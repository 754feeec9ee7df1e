import { expect, test } from 'vitest';
import { formatSize, formatUptime } from './health.ts';

test.each([
  [0, '0m'],
  [59_999, '0m'],
  [5_400_000, '1h 30m'],
  [649_800_000, '7d 12h 30m'],
  [86_400_000, '1d 0h 0m'],
  [-5, '0m'],
])('C1 an uptime of %i ms is %s', (durationMs, text) => {
  expect(formatUptime(durationMs)).toBe(text);
});

test.each([
  [512 * 1024 ** 2, '512MB'],
  [2 * 1024 ** 3, '2GB'],
  [1.5 * 1024 ** 3, '1.5GB'],
  [0, '0MB'],
])('C1 %i bytes are %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
