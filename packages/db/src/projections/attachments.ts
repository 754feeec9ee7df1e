/**
 * Which events need which file of the attachments folder. A file is named by the hash of its content's hash, so that what stands
 * here finds the file and does not open it.
 */
import { createHash } from 'node:crypto';
import type { Attachment } from '@openclaw-gateway/events/catalog/shared';
import { defineProjection, type ProjectedEvent, tableName } from './define.ts';

const VERSION = 1;
export const ATTACHMENTS_TABLE = tableName('attachments', VERSION);

export type AttachmentTableRow = {
  readonly position: number;
  readonly id: string;
  readonly file: string;
  readonly size: number;
  readonly subject: string | null;
  readonly session_id: string | null;
};

const INSERT = `INSERT OR IGNORE INTO ${ATTACHMENTS_TABLE} (position, id, file, size, subject, session_id) VALUES (?, ?, ?, ?, ?, ?)`;
const DELETE = `DELETE FROM ${ATTACHMENTS_TABLE} WHERE position = ?`;

const DIRECT = ['message.received', 'tool.completed', 'delivery.requested'] as const;
const CARRIED = 'session.carried';

/** The name of the file with the content of this SHA-256. @example attachmentFile('9f86…0a08') // 'c2a9…' */
export function attachmentFile(hash: string): string {
  return createHash('sha256').update(`openclaw/attachment\0${hash}`).digest('hex');
}

export const AttachmentsProjection = defineProjection({
  name: 'attachments',
  version: VERSION,
  handles: [...DIRECT, CARRIED],
  reads: [...DIRECT],
  tables: [
    `CREATE TABLE ${ATTACHMENTS_TABLE} (
       position INTEGER NOT NULL,
       id TEXT NOT NULL,
       file TEXT NOT NULL,
       size INTEGER NOT NULL,
       subject TEXT,
       session_id TEXT,
       PRIMARY KEY (position, id)
     ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX ${ATTACHMENTS_TABLE}_id ON ${ATTACHMENTS_TABLE} (id, position)`,
    `CREATE INDEX ${ATTACHMENTS_TABLE}_file ON ${ATTACHMENTS_TABLE} (file, subject, size)`,
    `CREATE INDEX ${ATTACHMENTS_TABLE}_subject ON ${ATTACHMENTS_TABLE} (subject, file) WHERE subject IS NOT NULL`,
  ],
  apply: (tx, events) => {
    for (const event of events) {
      const { subject = null, sessionId = null } = event.metadata;
      for (const { id, hash, size } of attachmentsIn(event)) {
        if (isReadable(hash)) tx.run(INSERT, event.position, id, attachmentFile(hash), size, subject, sessionId);
      }
    }
  },
  forget: (tx, positions) => {
    for (const position of positions) tx.run(DELETE, position);
  },
});

type Holder = {
  readonly attachments?: readonly Attachment[];
  readonly entries?: readonly { readonly attachments?: readonly Attachment[] }[];
};

function attachmentsIn(event: ProjectedEvent): readonly Attachment[] {
  if (event.type === CARRIED) return ((event.data as Holder).entries ?? []).flatMap(({ attachments = [] }) => attachments);
  // What is sealed is asked for only where there is something.
  if (!(event.openData as Holder).attachments?.length) return [];
  return (event.data as Holder).attachments ?? [];
}

/** What was erased has a placeholder in its place. */
function isReadable(hash: string | undefined): hash is string {
  return hash !== undefined && /^[0-9a-f]{64}$/.test(hash);
}
