import type { EventFilter } from '@openclaw-gateway/db';
import type { Actor } from '@openclaw-gateway/events';
import type { CsvColumn, FormatName } from './formats/index.ts';
import type { MaskingProfile } from './masking.ts';

/** What to export, how and where to. Passed between threads, so plain data only. */
export type ExportRequest = {
  /** The folder with the databases. */
  readonly databases: string;
  /** The folder that the export becomes. It must not exist yet. */
  readonly directory: string;
  readonly format: FormatName;
  /** Of CSV: these columns only. */
  readonly columns?: readonly CsvColumn[] | undefined;
  readonly filter: EventFilter;
  /** The filter in words, for the manifest and the event that records the export. */
  readonly query: string;
  readonly masking: { readonly profile: MaskingProfile; readonly fields: readonly string[]; readonly charsToKeep: number };
  readonly gzip: boolean;
  /** Go on with what an earlier run of the same export left in `<directory>.partial`. */
  readonly resume: boolean;
  readonly version: string;
  readonly gatewayId: string;
  readonly createdBy: Actor;
};

export type ExportProgress = {
  readonly events: number;
  readonly bytes: number;
  /** Where the export is, between the first and last position that it will look at. */
  readonly position: number;
  readonly from: number;
  readonly to: number;
};

/** An export that is written but for its name: it is recorded before it is put in place. */
export type PreparedExport = ExportProgress & { readonly manifestHash: string; readonly partial: string };
