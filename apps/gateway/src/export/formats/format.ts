import type { ExportedEvent } from '@openclaw-gateway/db/export/event';

/** What a format shows of an event: the event itself, or what a masking profile left of it. */
export type ShownEvent = Pick<
  ExportedEvent,
  | 'id'
  | 'type'
  | 'schemaVersion'
  | 'position'
  | 'streamId'
  | 'version'
  | 'time'
  | 'metadata'
  | 'data'
  | 'hash'
  | 'previousHash'
  | 'dataHash'
  | 'erased'
> & {
  /** The metadata as the chain covers it; nothing once something of it was masked. */
  readonly metadataJson: string | undefined;
  /** The body as the chain covers it; nothing once something of it was masked, sealed or left. */
  readonly stored: ExportedEvent['stored'];
};

export type Product = { readonly gatewayId: string; readonly version: string };

/** Turns events into lines. Pure: the same event gives the same line, today and next year. */
export type Format = {
  readonly name: FormatName;
  /** Of the file, without a dot. */
  readonly extension: string;
  readonly mediaType: string;
  /** How a line ends. */
  readonly lineEnd: '\n' | '\r\n';
  /** The first line, where there is one. */
  readonly header?: string;
  /** One event without the line end. */
  readonly line: (event: ShownEvent) => string;
};

export const FORMAT_NAMES = ['jsonl', 'csv', 'cef', 'ocsf'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];
