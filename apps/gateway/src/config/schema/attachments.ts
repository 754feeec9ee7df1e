import { block, duration, size, whole } from './values.ts';

export const attachments = block({
  maxSize: size().prefault('20mb').describe('Larger files are not kept; their message comes in without them.'),
  maxPerMessage: whole(0, 100).prefault(10).describe('How many files of one message are kept.'),
  quota: size().prefault('5gb').describe('How much of the disk all files together may take; with more, new ones are not kept.'),
  downloadTimeout: duration({ minMs: 1000 }).prefault('60s').describe('How long fetching the files of one message may take.'),
});
