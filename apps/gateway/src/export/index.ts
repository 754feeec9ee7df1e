/**
 * Takes events out of the gateway: exports of the log into files that prove themselves, and the continuous export of the audit
 * trail. It reads the log and appends nothing but `audit.exported`; no message waits for anything here.
 */
export { AUDIT_CLASSES, type AuditClass, chosenClasses, typesOfClasses } from './audit-classes.ts';
export { type AuditFacets, type AuditRow, auditFacets, auditRows, trailQuery } from './audit-trail.ts';
export { estimateExport } from './estimate.ts';
export { type AuditFeed, createAuditFeed } from './feed/index.ts';
export { maskingOf } from './feed/settings.ts';
export { CSV_COLUMNS, FORMAT_NAMES, type FormatName } from './formats/index.ts';
export { type ExportJob, ExportJobs } from './jobs.ts';
export type { Manifest } from './manifest.ts';
export { MASKING_PROFILES, type MaskingProfile } from './masking.ts';
export type { ExportProgress, ExportRequest } from './request.ts';
export { type ScopeOptions, scopeOf } from './scope.ts';
export { type WrittenExport, writeExport } from './write.ts';
