import { GatewayError } from '@openclaw-gateway/events';
import { describe, expect, it } from 'vitest';
import { readConfig } from './read.ts';
import { BROKEN } from './testing/broken.ts';
import type { Finding } from './types.ts';

const findingsOf = (text: string, env: NodeJS.ProcessEnv = {}): { code: string; findings: readonly Finding[] } => {
  try {
    readConfig(text, { env });
  } catch (error) {
    if (error instanceof GatewayError) return { code: error.code, findings: (error.details?.['findings'] ?? []) as Finding[] };
    throw error;
  }
  return { code: 'taken', findings: [] };
};

describe('a configuration that is wrong', () => {
  it.each(BROKEN.map(([text, path, value, expected, hint]) => ({ text, path, value, expected, hint })))('D refuses $text', (broken) => {
    const { text, path, value, expected, hint } = broken;
    const { code, findings } = findingsOf(text);
    expect(code).toBe('CONFIG_INVALID');
    const finding = findings.find((candidate) => candidate.path === path);
    expect(finding, `findings: ${JSON.stringify(findings)}`).toBeDefined();
    expect(finding?.value).toBe(value);
    expect(finding?.expected).toContain(expected);
    if (hint !== undefined) expect(finding?.hint).toContain(hint);
  });

  it('D there are a hundred kinds of mistakes', () => {
    expect(new Set(BROKEN.map(([text]) => text)).size).toBeGreaterThanOrEqual(100);
  });

  it('D names every problem, not only the first', () => {
    const { findings } = findingsOf(
      '{ port: 1, gateway: { network: { port: "x" }, auth: { type: "y" } }, bindings: [{ agentId: "z", match: {} }] }',
    );
    expect(findings.map((finding) => finding.path).sort()).toEqual([
      'bindings[0].agentId',
      'gateway.auth.type',
      'gateway.network.port',
      'port',
    ]);
  });

  it('D never shows a secret in a finding', () => {
    const secret = 'hunter2-hunter2';
    const text = JSON.stringify({
      gateway: { auth: { token: { value: secret }, oauth: { clientSecret: secret } } },
      models: { providers: { x: { api: 'nope', apiKey: secret, headers: { 'x-key': secret } } } },
      channels: { telegram: { botToken: secret, token: secret, accounts: { a: { botTokn: secret } } } },
      hooks: { entries: { 'bad name': { secret } } },
    });
    const { findings } = findingsOf(text);
    expect(findings.length).toBeGreaterThan(4);
    expect(JSON.stringify(findings)).not.toContain(secret);
  });

  it('D names the environment variable that is not set, and the key', () => {
    const reference = `\${NO_SUCH_VARIABLE}`;
    const { code, findings } = findingsOf(`{ gateway: { auth: { token: "${reference}" } } }`);
    expect(code).toBe('CONFIG_ENV_MISSING');
    expect(findings).toEqual([
      expect.objectContaining({
        path: 'gateway.auth.token',
        value: `"${reference}"`,
        expected: expect.stringContaining('NO_SUCH_VARIABLE'),
      }),
    ]);
  });

  it('D names unset variables beside what else is wrong', () => {
    const { code, findings } = findingsOf(`{ gateway: { network: { host: "\${NOPE}", port: "x" } } }`);
    expect(code).toBe('CONFIG_INVALID');
    expect(findings.map((finding) => finding.path)).toEqual(['gateway.network.port', 'gateway.network.host']);
  });
});
