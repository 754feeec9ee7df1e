import { describe, expect, it } from 'vitest';
import { changeText } from './stopped.ts';

const unset = (text: string, path: string) => changeText(text, { op: 'unset', path }, 'openclaw.json');

describe('unset', () => {
  it('B14 leaves the file as it was before the key was set', () => {
    for (const before of ['{\n  // Mine\n  gateway: {\n    network: { port: 1 },\n  },\n}\n', '{\n}\n']) {
      const path = 'gateway.sessions.historyRetention';
      expect(unset(changeText(before, { op: 'set', path, value: '1d' }, 'openclaw.json'), path)).toBe(before);
    }
  });

  it('B14 takes out the objects that it emptied, and no other', () => {
    expect(unset('{ channels: { telegram: { botToken: "x" } }, hooks: {} }', 'channels.telegram.botToken')).toBe('{ hooks: {} }');
    expect(unset('{ gateway: { network: { port: 1 }, auth: {} } }', 'gateway.network.port')).toBe('{ gateway: { auth: {} } }');
    expect(unset('{ gateway: { tls: { certPath: "/c" } } }', 'gateway.tls.certPath')).toBe('{ }');
  });

  it.each([
    [
      '{ agents: { entries: { helper: { model: "echo/echo" } } } }',
      'agents.entries.helper.model',
      '{ agents: { entries: { helper: { } } } }',
    ],
    [
      '{ channels: { telegram: { accounts: { work: { enabled: false } } } } }',
      'channels.telegram.accounts.work.enabled',
      '{ channels: { telegram: { accounts: { work: { } } } } }',
    ],
    ['{ channels: { matrix: { enabled: false } } }', 'channels.matrix.enabled', '{ channels: { matrix: { } } }'],
  ])('B14 in %s what the user named stays when %s goes', (text, path, left) => {
    expect(unset(text, path)).toBe(left);
  });

  it('B14 says that a key is not set, and changes nothing', () => {
    expect(() => unset('{ gateway: { network: { port: 1 } } }', 'gateway.network.host')).toThrow(
      expect.objectContaining({ code: 'CONFIG_KEY_UNSET' }),
    );
  });
});
