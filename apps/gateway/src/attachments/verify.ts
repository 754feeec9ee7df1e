/** Whether the files that events refer to are there and are what they were. Reads the log and the folder; changes nothing. */
import { join } from 'node:path';
import { attachmentFile, type ReadOnlyStore } from '@openclaw-gateway/db';
import { type Attachment, toGatewayError } from '@openclaw-gateway/events';
import { keyOf } from './key.ts';
import { readSealed } from './sealed-file.ts';

const PAGE = 1000;
const MOST_NAMED = 100;

export type AttachmentFault = { readonly position: number; readonly id: string; readonly file: string; readonly code: string };

export type AttachmentsVerdict = {
  readonly ok: boolean;
  /** Different files that events need. */
  readonly files: number;
  readonly faults: number;
  /** The first of them. */
  readonly named: readonly AttachmentFault[];
};

type Holder = {
  readonly attachments?: readonly Attachment[];
  readonly entries?: readonly { readonly attachments?: readonly Attachment[] }[];
};

export async function verifyAttachments(
  { log }: Pick<ReadOnlyStore, 'log'>,
  dir: string,
  pseudonym: (text: string) => Uint8Array,
): Promise<AttachmentsVerdict> {
  const seen = new Set<string>();
  const named: AttachmentFault[] = [];
  let faults = 0;
  for (let after = 0; ; ) {
    const page = await log.readAll({ after, limit: PAGE });
    for (const { position, data } of page) {
      for (const { id, hash } of attachmentsIn(data as Holder)) {
        const file = attachmentFile(hash);
        if (seen.has(file)) continue;
        seen.add(file);
        const problem = await readSealed(join(dir, 'attachments', file), hash, keyOf(pseudonym)).then(() => undefined, toGatewayError);
        if (!problem) continue;
        faults += 1;
        if (named.length < MOST_NAMED) named.push({ position, id, file, code: problem.code });
      }
    }
    after = page.at(-1)?.position ?? after;
    if (page.length < PAGE) return { ok: faults === 0, files: seen.size, faults, named };
  }
}

/** Those that can be read: what was erased needs no file. */
function attachmentsIn({ attachments = [], entries = [] }: Holder): { readonly id: string; readonly hash: string }[] {
  const all = [...attachments, ...entries.flatMap((entry) => entry.attachments ?? [])];
  return all.flatMap(({ id, hash }) => (hash !== undefined && /^[0-9a-f]{64}$/.test(hash) ? [{ id, hash }] : []));
}
