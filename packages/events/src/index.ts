/**
 * The language of the product: events and the folds over them, typed ids, error codes.
 * Everything else in the repository may import it; it imports nothing of the repository and does no I/O.
 */
export * from './catalog/alert.ts';
export * from './catalog/audit.ts';
export * from './catalog/auth.ts';
export * from './catalog/backup.ts';
export { AuthAddressBanned, AuthAddressUnbanned } from './catalog/bans.ts';
export * from './catalog/budget.ts';
export * from './catalog/certificate.ts';
export * from './catalog/channel.ts';
export * from './catalog/command.ts';
export * from './catalog/compaction.ts';
export * from './catalog/config.ts';
export * from './catalog/data.ts';
export * from './catalog/delivery.ts';
export * from './catalog/extension.ts';
export * from './catalog/gateway.ts';
export { AGGREGATES, EVENTS, eventDefinition, summarize, summaryOf, upcast } from './catalog/index.ts';
export * from './catalog/message.ts';
export * from './catalog/model.ts';
export * from './catalog/network.ts';
export * from './catalog/pairing.ts';
export * from './catalog/push.ts';
export * from './catalog/quarantine.ts';
export * from './catalog/remote.ts';
export * from './catalog/route.ts';
export * from './catalog/run.ts';
export * from './catalog/schedule.ts';
export * from './catalog/session.ts';
export { type Attachment, MOST_ATTACHMENTS } from './catalog/shared.ts';
export * from './catalog/tool.ts';
export * from './catalog/user.ts';
export * from './catalog/view.ts';
export * from './catalog/witness.ts';
export * from './define.ts';
export * from './envelope.ts';
export * from './errors.ts';
export * from './ids.ts';
