/** The formats of an export. To add one: a file beside these, and one line here. */
import { createCef } from './cef.ts';
import { createCsv } from './csv.ts';
import type { Format, FormatName, Product } from './format.ts';
import { createJsonl } from './jsonl.ts';
import { createOcsf } from './ocsf.ts';

const FORMATS: Readonly<Record<FormatName, (product: Product) => Format>> = {
  jsonl: createJsonl,
  csv: createCsv,
  cef: createCef,
  ocsf: createOcsf,
};

/** A format for the events of one gateway. @example createFormat('csv', { gatewayId, version }).line(event) */
export function createFormat(name: FormatName, product: Product): Format {
  return FORMATS[name](product);
}

export { FORMAT_NAMES, type Format, type FormatName, type Product, type ShownEvent } from './format.ts';
