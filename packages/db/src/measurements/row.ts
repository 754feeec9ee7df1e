import type { Figures } from './fold.ts';

export type Row = { readonly time: number; readonly series: Buffer; readonly figures: Buffer };

export function encode(figures: Figures): Pick<Row, 'series' | 'figures'> {
  return {
    series: Buffer.from(Uint32Array.from(figures.keys()).buffer),
    figures: Buffer.from(Float64Array.from(figures.values()).buffer),
  };
}

export function* decode({ series, figures }: Omit<Row, 'time'>): Generator<readonly [series: number, figure: number]> {
  const numbers = new Uint32Array(new Uint8Array(series).buffer);
  const values = new Float64Array(new Uint8Array(figures).buffer);
  for (const [index, number] of numbers.entries()) yield [number, values[index] ?? 0];
}
