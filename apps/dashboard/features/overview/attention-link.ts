import { auditUrl, channelUrl, eventsUrl, sessionUrl } from '../frame/links.ts';
import type { AttentionItem } from './attention-list.tsx';

/** Where one can see and do something about it. */
export function attentionLink(item: AttentionItem): string {
  const { kind, sessionId, messageId, position, subject, code } = item;
  if (kind === 'approval' && code) return `/approvals/?id=${code}`;
  if (sessionId) return sessionUrl(sessionId, messageId);
  if (messageId) return eventsUrl({ correlationId: messageId, range: 'all' });
  if (kind === 'unsettled') return '/sessions/?open=true';
  if (kind === 'rejected') return eventsUrl({ types: ['message.rejected'], range: '24h' });
  if (kind === 'channel_down') return subject === undefined ? '/channels/' : accountUrl(subject);
  if (kind === 'alert' && subject === 'logContradicted') return auditUrl({ view: 'verify' });
  if (kind === 'alert') return eventsUrl({ types: ['alert.*', 'audit.verified'], range: '7d' });
  if (kind === 'config_pending') return '/config/?tab=history';
  if (kind === 'config_refused') return '/config/?tab=source';
  return position === undefined ? eventsUrl({ range: '24h' }) : eventsUrl({ range: 'all', selected: position });
}

/** The page of the account `channel/account`. */
function accountUrl(subject: string): string {
  const [channel = '', account = ''] = subject.split('/');
  return channelUrl(channel, account);
}
