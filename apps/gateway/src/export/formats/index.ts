/** The formats of an export. To add one: a file beside these, and one line here. */
import { createCef } from './cef.ts';
import { type CsvColumn, createCsv } from './csv.ts';
import type { Format, FormatName, Product } from './format.ts';
import { createJsonl } from './jsonl.ts';
import { createOcsf } from './ocsf.ts';

/** What a format is made for; `columns` is of CSV only. */
export type FormatOptions = Product & { readonly columns?: readonly CsvColumn[] | undefined };

const FORMATS: Readonly<Record<FormatName, (options: FormatOptions) => Format>> = {
  jsonl: createJsonl,
  csv: createCsv,
  cef: createCef,
  ocsf: createOcsf,
};

/** A format for the events of one gateway. @example createFormat('csv', { gatewayId, version }).line(event) */
export function createFormat(name: FormatName, options: FormatOptions): Format {
  return FORMATS[name](options);
}

export { CSV_COLUMNS, type CsvColumn } from './csv.ts';
export { FORMAT_NAMES, type Format, type FormatName, type Product, type ShownEvent } from './format.ts';
