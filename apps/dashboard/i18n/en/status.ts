export const status = {
  received: 'Received',
  queued: 'Queued',
  running: 'Answering',
  delivering: 'Sending',
  held: 'Held',
  delivered: 'Delivered',
  rejected: 'Rejected',
  dead_lettered: 'Given up',
  no_reply: 'No reply',
  merged: 'Answered with another message',
  discarded: 'Given up for good',
};
