import { describe, expect, it } from 'vitest';
import { maskText, unmaskText } from './masked-text.ts';

const TEXT = `// botToken: 'old-secret-9'
{
  gateway: { auth: { token: 'token-secret' } }, /* the token is token-secret */
  channels: {
    telegram: { botToken: "1234:abcd", allowFrom: [7] },
    slack: { botToken: '\${SLACK}', appToken: { file: '/run/secrets/slack' } },
  },
  models: { providers: { a: { baseUrl: 'https://user:pass-word@host/v1', headers: { 'x-key': 'header-secret' } } } },
  gatewayNote: 'mind // this',
  hooks: { entries: { one: { secret: 'hook-secret-1' } } },
}
`;

describe('a configuration that is edited by somebody who may not see its secrets', () => {
  const masked = maskText(TEXT);

  it('has no secret in it, not in comments either, and is letter by letter the same otherwise', () => {
    for (const secret of ['old-secret-9', 'token-secret', '1234:abcd', 'pass-word', 'header-secret', 'hook-secret-1']) {
      expect(masked).not.toContain(secret);
    }
    expect(masked).toContain("slack: { botToken: '${SLACK}', appToken: { file: '/run/secrets/slack' } },");
    expect(masked).toContain("gatewayNote: 'mind // this',");
    expect(masked.split('\n')).toHaveLength(TEXT.split('\n').length);
  });

  it('is the same file again when nothing was changed, and when lines moved', () => {
    expect(unmaskText(masked, TEXT)).toBe(TEXT);
    expect(unmaskText(`// mine\n${masked}`, TEXT)).toBe(`// mine\n${TEXT}`);
  });

  it('keeps a new secret that was written', () => {
    const edited = masked.replace('botToken: "***"', "botToken: '99:new'");
    expect(unmaskText(edited, TEXT)).toContain("telegram: { botToken: '99:new', allowFrom: [7] }");
  });

  it('does not give a secret to another key', () => {
    const moved = masked.replace("gatewayNote: 'mind // this'", 'gatewayNote: "***"');
    expect(unmaskText(moved, TEXT)).toContain('gatewayNote: "***"');
    const renamed = masked.replace('telegram: {', 'matrix: {');
    expect(() => unmaskText(renamed, TEXT)).toThrow(/channels\.matrix\.botToken/);
  });

  it('finds the secrets of a list by what else its items say', () => {
    const list = "{ gateway: { logging: { audit: { witnesses: [{ url: 'a', secret: 'first' }, { url: 'b', secret: 'second' }] } } } }";
    const swapped = maskText(list).replace("'a'", "'x'").replace("'b'", "'a'").replace("'x'", "'b'");
    expect(unmaskText(swapped, list)).toBe(
      "{ gateway: { logging: { audit: { witnesses: [{ url: 'b', secret: 'second' }, { url: 'a', secret: 'first' }] } } } }",
    );
  });
});
