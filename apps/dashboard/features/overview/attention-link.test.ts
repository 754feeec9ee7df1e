import { expect, it } from 'vitest';
import { attentionLink } from './attention-link.ts';

it.each([
  [{ kind: 'dead_lettered', sessionId: 'ses_1', messageId: 'msg_1' }, '/sessions/?id=ses_1&turn=msg_1'],
  [{ kind: 'approval', code: 'ABC234', sessionId: 'ses_1' }, '/approvals/?id=ABC234'],
  [{ kind: 'held', messageId: 'msg_1' }, '/events/?q=corr:msg_1&range=all'],
  [{ kind: 'unsettled' }, '/sessions/?open=true'],
  [{ kind: 'rejected' }, '/events/?q=type:message.rejected&range=24h'],
  [{ kind: 'channel_down', subject: 'telegram/main' }, '/channels/?channel=telegram&account=main'],
  [{ kind: 'alert', subject: 'logContradicted' }, '/audit/?view=verify'],
  [{ kind: 'projection_stopped', position: 9 }, '/events/?range=all&sel=9'],
] as const)('leads from %j to where something can be done', (item, link) => {
  expect(attentionLink({ severity: 'error', count: 1, ...item })).toBe(link);
});
