/** Parts of messages that services bring one by one, each only after the one before was taken: in the log until all are there. */
import type { Store } from '@openclaw-gateway/db';
import { ChannelPartKept, type EventMetadata, type NewEvent } from '@openclaw-gateway/events';

const VIEWS_TIMEOUT_MS = 5_000;
const PAGE = 100;

export type KeptParts = {
  /** Resolves once the part is durable. */
  readonly keep: (channel: string, account: string, part: { readonly senderId: string; readonly update: unknown }) => Promise<void>;
  /** What was kept from this time on, in milliseconds since 1970, the oldest first. */
  readonly since: (channel: string, account: string, fromTime: number) => Promise<readonly unknown[]>;
};

export type KeptPartsOptions = {
  readonly store: Pick<Store, 'log' | 'views' | 'waitForViews'>;
  /** Whose the personal data in a part is. */
  readonly subjectOf: (channel: string, senderId: string) => string;
  readonly record: (streamId: string, event: NewEvent, metadata: EventMetadata) => Promise<void>;
};

export function createKeptParts({ store, subjectOf, record }: KeptPartsOptions): KeptParts {
  return {
    keep: async (channel, account, { senderId, update }) => {
      const event = ChannelPartKept.create({ channel, account, update: JSON.stringify(update) });
      await record(`channel/${channel}/${account}`, event, { channel, subject: subjectOf(channel, senderId) });
    },
    since: async (channel, account, fromTime) => {
      const found: unknown[] = [];
      const head = store.log.head();
      await store.waitForViews(head, VIEWS_TIMEOUT_MS);
      for (let after = 0; after < head; ) {
        const { rows, scannedTo } = await store.views.matching({ types: [ChannelPartKept.type], fromTime }, { after, limit: PAGE });
        for (const event of rows) {
          if (!ChannelPartKept.is(event) || event.erased || event.data.channel !== channel || event.data.account !== account) continue;
          found.push(JSON.parse(event.data.update));
        }
        if (scannedTo <= after) break;
        after = scannedTo;
      }
      return found;
    },
  };
}
