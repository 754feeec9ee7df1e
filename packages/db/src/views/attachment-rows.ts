import { ATTACHMENTS_TABLE, type AttachmentTableRow } from '../projections/attachments.ts';
import type { Queries } from './compile.ts';
import type { AttachmentFile, AttachmentReference, SubjectFile } from './queries.ts';

/** Where an attachment is first referred to. */
export function findAttachment(queries: Queries, id: string): AttachmentReference | undefined {
  const [row] = queries.all<AttachmentTableRow>('attachment', { id }, (db, argument) =>
    db.selectFrom(ATTACHMENTS_TABLE).selectAll().where('id', '=', argument<string>('id')).orderBy('position').limit(1),
  );
  if (!row) return undefined;
  const { position, file, size, session_id: sessionId } = row;
  return { id, position, file, size, ...(sessionId !== null && { sessionId }) };
}

/** The files that events refer to, by name. */
export function listAttachmentFiles(queries: Queries, page: { readonly after?: string; readonly limit: number }): AttachmentFile[] {
  return queries.all<AttachmentFile>('attachment files', { after: page.after ?? '', limit: page.limit }, (db, argument) =>
    db
      .selectFrom(ATTACHMENTS_TABLE)
      .select(({ fn }) => ['file', fn.max('size').as('size'), fn.countAll<number>().as('references')])
      .where('file', '>', argument<string>('after'))
      .groupBy('file')
      .orderBy('file')
      .limit(argument('limit')),
  );
}

/** The files that a person's events refer to, and whether anybody else's do. */
export function listSubjectFiles(queries: Queries, subject: string): SubjectFile[] {
  const files = queries.all<{ file: string; size: number }>('files of subject', { subject }, (db, argument) =>
    db
      .selectFrom(ATTACHMENTS_TABLE)
      .select(({ fn }) => ['file', fn.max<number>('size').as('size')])
      .where('subject', '=', argument<string>('subject'))
      .groupBy('file')
      .orderBy('file'),
  );
  return files.map(({ file, size }) => {
    const others = queries.all('file of others', { file, subject }, (db, argument) =>
      db
        .selectFrom(ATTACHMENTS_TABLE)
        .select('position')
        .where('file', '=', argument<string>('file'))
        .where((of) => of.or([of('subject', 'is', null), of('subject', '<>', argument<string>('subject'))]))
        .limit(1),
    );
    return { file, size, needed: others.length > 0 };
  });
}
