import { describe, expect, it } from 'vitest';
import { linkCode, returnPath } from '../../data/sign-in-redirect.ts';
import { en } from '../../i18n/en/index.ts';
import { explain } from './failure.ts';

describe('B15 sign-in', () => {
  it.each([
    ['SIGN_IN_CODE_USED', 'openclaw dashboard'],
    ['SIGN_IN_CODE_EXPIRED', 'openclaw dashboard'],
    ['SIGN_IN_CODE_UNKNOWN', 'openclaw dashboard'],
    ['CLOCKS_DIFFER', 'sudo timedatectl set-ntp true'],
    ['COOKIE_BLOCKED', 'openclaw dashboard'],
    ['ORIGIN_NOT_ALLOWED', 'openclaw dashboard'],
    ['TOKEN_MISMATCH', 'openclaw gateway token'],
    ['SIGN_IN_REFUSED', 'openclaw users reset-password <name>'],
    ['SIGN_IN_DELAYED', 'openclaw users sign-in-link <name>'],
    ['UNREACHABLE', 'openclaw gateway status'],
  ] as const)('names the failure %s and the command that mends it', (reason, command) => {
    const explanation = explain({ reason }, en.signIn, String, undefined);
    expect(explanation.command).toBe(command);
    expect(explanation.title).not.toBe(en.signIn.failed);
    expect(explanation.why).not.toBe('');
  });

  it('shows what the gateway says about a failure it has no words for', () => {
    const body = { code: 'STARTING', message: 'The gateway is starting.', remedy: 'Wait.', retryable: true } as const;
    expect(explain({ reason: 'STARTING', body }, en.signIn, String, { title: body.message, remedy: body.remedy })).toMatchObject({
      title: body.message,
      why: body.remedy,
    });
  });

  it('finds the code of a link, on any page', () => {
    expect(linkCode('#c=abc_-1')).toBe('abc_-1');
    expect(linkCode('#page')).toBeUndefined();
    expect(linkCode('')).toBeUndefined();
  });

  it.each([
    ['/events/?sel=3', '/events/?sel=3'],
    [null, '/'],
    ['https://evil.example/', '/'],
    ['//evil.example/', '/'],
    ['/\\evil.example/', '/'],
    ['/sign-in/?next=/', '/'],
  ])('goes back to a page of this gateway only: %s', (next, path) => {
    expect(returnPath(next)).toBe(path);
  });
});
