import { expect, it } from 'vitest';
import { readDocument } from './configs.ts';

it('A3 a configuration whose secrets are masked is read as one that has them, also where they must be long', () => {
  const oauth = {
    provider: 'google',
    clientId: 'x',
    clientSecret: '***',
    redirectUri: 'https://gateway.example/auth/callback',
    jwt: { secret: '***' },
  };
  const { gateway } = readDocument({ gateway: { auth: { type: 'oauth', oauth } } });
  expect(gateway.auth.oauth?.jwt.secret.length).toBeGreaterThanOrEqual(32);
});
