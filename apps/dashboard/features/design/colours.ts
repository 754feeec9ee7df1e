import type { Catalog } from '../../i18n/en/index.ts';

/** Each pair of colours that stand on each other, and the contrast that they need. */
export const COLOURS = [
  { id: 'ink', token: 'ink', on: 'surface', least: 4.5 },
  { id: 'ink-2', token: 'ink-2', on: 'surface', least: 4.5 },
  { id: 'ink-3', token: 'ink-3', on: 'sunken', least: 4.5 },
  { id: 'accent', token: 'accent', on: 'surface', least: 4.5 },
  { id: 'accent-chosen', token: 'accent', on: 'accent-soft', least: 4.5 },
  { id: 'on-accent', token: 'on-accent', on: 'accent', least: 4.5 },
  { id: 'ok', token: 'ok', on: 'surface', least: 4.5 },
  { id: 'ok-badge', token: 'ok', on: 'ok-soft', least: 4.5 },
  { id: 'warn', token: 'warn', on: 'surface', least: 4.5 },
  { id: 'warn-badge', token: 'warn', on: 'warn-soft', least: 4.5 },
  { id: 'bad', token: 'bad', on: 'surface', least: 4.5 },
  { id: 'bad-badge', token: 'bad', on: 'bad-soft', least: 4.5 },
] as const satisfies readonly {
  readonly id: keyof Catalog['design']['uses'];
  readonly token: string;
  readonly on: string;
  readonly least: number;
}[];
