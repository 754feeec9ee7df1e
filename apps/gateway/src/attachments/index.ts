/**
 * Files that come and go with messages: fetched within limits, known by their bytes, stored once by content, read for models and
 * channels, and swept away when no event needs them. What refers to them is in the log; no decision about messages may enter.
 */
import { join } from 'node:path';
import type { Store } from '@openclaw-gateway/db';
import type { Attachment } from '@openclaw-gateway/events';
import type { InboundAttachment } from '@openclaw-gateway/sdk';
import type { Config } from '../config/index.ts';
import { keyOf } from './key.ts';
import type { Taken } from './not-kept.ts';
import { AttachmentStore, type Swept, type Usage } from './store.ts';
import { take } from './take.ts';

export type { Swept, Usage } from './store.ts';

const PAGE = 1000;
const VIEWS_TIMEOUT_MS = 60_000;

export interface Attachments {
  /** Stores the files of a message; resolves when they are durable. What cannot be had is in the answer with its reason. */
  take(files: readonly InboundAttachment[]): Promise<Taken>;
  /** Throws ATTACHMENT_GONE, ATTACHMENT_CORRUPT. */
  read(attachment: Pick<Attachment, 'hash'>): Promise<Buffer>;
  /** Removes the files that no event needs. Throws DEADLINE_EXCEEDED when the views do not catch up. */
  sweep(): Promise<Swept>;
  /** Whether the folder has a file of this name. */
  has(file: string): Promise<boolean>;
  usage(): Usage;
  close(): void;
}

export type AttachmentsOptions = {
  /** The directory of the databases. */
  readonly dir: string;
  readonly store: Pick<Store, 'log' | 'views' | 'waitForViews' | 'pseudonym'>;
  readonly settings: () => Config['attachments'];
};

export async function createAttachments({ dir, store, settings }: AttachmentsOptions): Promise<Attachments> {
  const lifetime = new AbortController();
  const files = await AttachmentStore.open({
    dir: join(dir, 'attachments'),
    keyOf: keyOf(store.pseudonym),
    quota: () => settings().quota,
  });

  async function* needed(): AsyncGenerator<string> {
    await store.waitForViews(store.log.head(), VIEWS_TIMEOUT_MS);
    for (let after = ''; ; ) {
      const page = await store.views.attachmentFiles({ after, limit: PAGE });
      for (const { file } of page) yield file;
      if (page.length < PAGE) return;
      after = page.at(-1)?.file ?? after;
    }
  }

  return {
    take: (inbound) => take(files, inbound, settings(), lifetime.signal),
    read: ({ hash = '' }) => files.read(hash),
    sweep: () => files.sweep(needed),
    has: (file) => files.has(file),
    usage: () => files.usage(),
    close: () => lifetime.abort(),
  };
}
