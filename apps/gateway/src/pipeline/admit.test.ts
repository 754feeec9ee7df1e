import { describe, expect, it } from 'vitest';
import { type AdmissionPolicy, type AdmissionRequest, admit } from './admit.ts';

const policy: AdmissionPolicy = {
  dmPolicy: 'allowlist',
  groupPolicy: 'allowlist',
  requireMention: true,
  mentionPatterns: [],
  allowFrom: ['42'],
};
const request: AdmissionRequest = { channel: 'telegram', senderId: '42', peer: { kind: 'direct', id: '42' }, method: 'channel' };

describe('A2 admit', () => {
  it('takes a caller that proved itself at a door, whatever the allow list says', () => {
    for (const method of ['token', 'session', 'hmac'] as const) {
      expect(admit({ ...request, senderId: 'x', method }, policy)).toMatchObject({ allowed: true, rule: `caller.${method}` });
    }
  });

  it('takes a listed sender and names the list', () => {
    expect(admit(request, policy)).toEqual({ allowed: true, rule: 'channels.telegram.allowFrom', reason: 'allowFrom lists the sender.' });
  });

  it('denies a sender that is not listed, with a code and a reason', () => {
    const admission = admit({ ...request, senderId: '43' }, policy);
    expect(admission).toMatchObject({ allowed: false, rule: 'channels.telegram.allowFrom', error: { code: 'SENDER_NOT_ALLOWED' } });
  });

  it('takes everyone when the list holds "*" or the policy is open', () => {
    expect(admit({ ...request, senderId: '43' }, { ...policy, allowFrom: ['*'] }).allowed).toBe(true);
    expect(admit({ ...request, senderId: '43' }, { ...policy, dmPolicy: 'open' }).allowed).toBe(true);
  });

  it('denies everyone when the policy is disabled, listed or not', () => {
    expect(admit(request, { ...policy, dmPolicy: 'disabled' })).toMatchObject({ allowed: false, rule: 'channels.telegram.dmPolicy' });
  });

  it('decides about groups by the group policy', () => {
    const group = { ...request, peer: { kind: 'group' as const, id: '-7' } };
    expect(admit(group, { ...policy, groupPolicy: 'disabled' })).toMatchObject({ allowed: false, rule: 'channels.telegram.groupPolicy' });
    expect(admit(group, { ...policy, dmPolicy: 'disabled' }).allowed).toBe(true);
  });
});
