import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { COLOURS } from './colours.ts';
import { contrast, rgbOf } from './contrast.ts';

const css = readFileSync(join(import.meta.dirname, '../../app/globals.css'), 'utf8');

/** What `light-dark(…)` says of a token, as numbers. */
function token(name: string, theme: 0 | 1): readonly [number, number, number] {
  const values = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css)?.slice(1);
  const hex = values?.[theme] ?? '';
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as readonly [number, number, number];
}

it('knows the greatest and the least contrast', () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
  expect(contrast([9, 9, 9], [9, 9, 9])).toBe(1);
  expect(rgbOf('rgb(1, 2, 3)')).toEqual([1, 2, 3]);
});

it.each(
  COLOURS.flatMap((colour) => [
    { ...colour, theme: 0 as const },
    { ...colour, theme: 1 as const },
  ]),
)('$token on $on has enough contrast in theme $theme', ({ token: name, on, least, theme }) => {
  expect(contrast(token(name, theme), token(on, theme))).toBeGreaterThanOrEqual(least);
});
