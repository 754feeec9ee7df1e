import { GatewayError } from '@openclaw-gateway/events';
import type { Attachments } from './index.ts';

/** No folder and no files, for what runs without a state directory. */
export const NO_ATTACHMENTS: Attachments = {
  take: async () => ({ attachments: [], release: () => undefined }),
  read: async () => {
    throw new GatewayError('ATTACHMENT_GONE');
  },
  sweep: async () => ({ removed: [], bytes: 0 }),
  has: async () => false,
  usage: () => ({ files: 0, bytes: 0 }),
  close: () => undefined,
};
