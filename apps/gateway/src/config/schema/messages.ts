import { block, size, whole } from './values.ts';

export const messages = block({
  retry: block({
    maxAttempts: whole(1, 100).prefault(3).describe('How often a run is tried before its message is given up.'),
    delivery: block({
      maxAttempts: whole(1, 1000).prefault(8).describe('How often sending a reply is tried before it is given up.'),
    }).prefault({}),
  }).prefault({}),
  maxTextLength: size().prefault('256kb').describe('Longer messages are refused.'),
  queueLimit: whole(1, 10_000_000)
    .prefault(1000)
    .describe('With this many messages waiting in the whole gateway, further ones are refused.'),
});
