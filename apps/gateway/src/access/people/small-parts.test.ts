import { GatewayError, type UserRecord } from '@openclaw-gateway/events';
import { describe, expect, it } from 'vitest';
import { knownDevice, makeDevice } from './device-cookie.ts';
import { deviceName } from './device-name.ts';
import { networkOf } from './network.ts';
import { checkPassword } from './password-rules.ts';
import { requireFreshProof } from './step-up.ts';

const codeOf = (action: () => void) => {
  try {
    action();
  } catch (error) {
    return error instanceof GatewayError ? error.code : String(error);
  }
  return undefined;
};

describe('passwords', () => {
  it.each([
    'korrekt pferd batterie heftklammer',
    'ana likes long sentences',
    '我家的网关从来不睡觉而且很安静',
    'vX9!kQ2#mL7$',
    'Password is a fine band name',
  ])('%s is taken', async (password) => {
    await expect(checkPassword(password, ['ana', 'ana@example.com'])).resolves.toBeUndefined();
  });

  it.each([
    'short',
    'aaaaaaaaaaaaaaaa',
    'password1234',
    'ana-ana-2024',
    'abcdefghijklmn',
    '123456789012345',
    'qwertyuiopasdf',
    'x'.repeat(300),
    'mailcreated5240',
    'MailCreated5240',
    'mailcreated5240!!',
    'michellemichelle',
    'sunshine-2024!',
  ])('%s is refused', async (password) => {
    await expect(checkPassword(password, ['ana'])).rejects.toMatchObject({ code: 'PASSWORD_REFUSED' });
  });

  it.each(['geheim', 'mailcreated5240'])('a refusal never repeats the password %s', async (password) => {
    await expect(checkPassword(password, [])).rejects.toMatchObject({ message: expect.not.stringContaining(password) });
  });
});

describe('the network of an address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.0/24'],
    ['::ffff:203.0.113.200', '203.0.113.0/24'],
    ['2001:db8:1:2ff::1', '2001:db8:1:200::/56'],
    ['2001:db8:1:200:aaaa:bbbb:cccc:dddd', '2001:db8:1:200::/56'],
    ['::1', '0:0:0:0::/56'],
    ['fe80::1%eth0', 'fe80:0:0:0::/56'],
    [undefined, 'unknown'],
    ['nonsense', 'unknown'],
  ])('%s is in %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('the name of a device', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1',
      'Safari on iOS',
    ],
    ['curl/8.9.1', 'curl/8.9.1'],
    ['\u001b[31mevil\u202e', '[31mevil'],
    ['x'.repeat(500), 'x'.repeat(60)],
    ['', null],
    [undefined, null],
  ])('%s is %s', (agent, name) => {
    expect(deviceName(agent)).toBe(name);
  });
});

describe('a fresh proof', () => {
  const caller = { actor: { type: 'user', id: 'usr_1' }, roles: ['admin'] } as const;
  const NOW = 1_790_000_000_000;
  it('is asked of logins only, and is good for five minutes', () => {
    const asked = (provedAt?: number) =>
      codeOf(() => requireFreshProof({ ...caller, method: 'session', ...(provedAt && { provedAt }) }, NOW));
    expect(asked(NOW - 299_999)).toBeUndefined();
    expect(asked(NOW - 300_000)).toBe('STEP_UP_REQUIRED');
    expect(asked()).toBe('STEP_UP_REQUIRED');
    expect(codeOf(() => requireFreshProof({ ...caller, method: 'token' }, NOW))).toBeUndefined();
  });
});

describe('a device cookie', () => {
  const user = { userId: 'usr_1', passwordSetAt: 5 } as UserRecord;
  const key = '0'.repeat(64);
  const value = makeDevice(user, key, 1000);
  it('is known for its user, until the password changes or 180 days are over', () => {
    expect(knownDevice(user, value, key, 2000)).toMatch(/^[\w-]{16}$/);
    expect(knownDevice({ ...user, userId: 'usr_2' }, value, key, 2000)).toBeUndefined();
    expect(knownDevice({ ...user, passwordSetAt: 6 }, value, key, 2000)).toBeUndefined();
    expect(knownDevice(user, value, '1'.repeat(64), 2000)).toBeUndefined();
    expect(knownDevice(user, value, key, 1000 + 180 * 86_400_000)).toBeUndefined();
  });
  it('cannot be made up or changed', () => {
    const [nonce, madeAt, mac] = value.split('.');
    for (const forged of ['', 'a.b.c', `${nonce}.9999999.${mac}`, `other.${madeAt}.${mac}`, undefined]) {
      expect(knownDevice(user, forged, key, 2000)).toBeUndefined();
    }
  });
});
