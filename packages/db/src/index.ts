/**
 * Where events are kept: the log, the views that are folded from it, and the threads that write and read both.
 * The rest of the product sees the ports (`EventLog`, `Store`, `ViewQueries`) and nothing of SQLite.
 */
export type { BundleManifest } from './bundle/format.ts';
export type { VerifiedBundle } from './bundle/verify.ts';
export * from './chain.ts';
export { deleteStoppedViews, type FileInspection, type FileState, inspectState, type StateInspection } from './inspect/inspect.ts';
export { lookQuietly, type QuietLook } from './inspect/quiet.ts';
export * from './integrity/index.ts';
export { readPseudonym } from './integrity/verifier-key.ts';
export type * from './log.ts';
export type * from './measurements/port.ts';
export { MemoryLog } from './memory-log.ts';
export { openStore, openStoreReadOnly, type SharedDatabase, type StoreOptions } from './open.ts';
export { attachmentFile } from './projections/attachments.ts';
export { deleteViews } from './projections/open-views.ts';
export type { ProjectionReplay } from './replay/projections.ts';
export type * from './retention/port.ts';
export { askPageCaches, trimThreads } from './sqlite/page-caches.ts';
export type * from './store.ts';
export type * from './views/queries.ts';
