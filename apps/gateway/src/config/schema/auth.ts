import { z } from 'zod';
import { ROLE_NAMES } from '../../access/roles.ts';
import type { Milliseconds } from './values.ts';
import { block, choice, duration, flag, list, rulePath, secret, text, url, whole } from './values.ts';

const tokenRules = block({
  length: whole(16, 1024).prefault(32).describe('How many random bytes a new token has; a service token has at least 32.'),
  expiry: duration()
    .exactOptional()
    .describe('How long a token is good: the gateway token, and a service token that was made without an end of its own.'),
  refreshable: flag().prefault(false).describe('Whether a token can be exchanged for a new one with POST /api/access/tokens/refresh.'),
  refreshExpiry: duration()
    .exactOptional()
    .describe('How long after it was made a token can be exchanged, also when it has expired; until it expires when left out.'),
});

const token = z
  .union([secret(), tokenRules], { error: 'the token as text, or { length, expiry, refreshable, refreshExpiry }' })
  .transform((input): GatewayToken => (typeof input === 'string' ? { ...tokenRules.parse({}), value: input } : input));

/** The gateway token: its text where the configuration gives it, else the rules for the one in `<state>/gateway-token`. */
export type GatewayToken = {
  value?: string;
  /** In random bytes. */
  length: number;
  expiry?: Milliseconds;
  refreshable: boolean;
  refreshExpiry?: Milliseconds;
};

const rule = block({
  path: rulePath().describe('The path the rule is for; `/*` at its end stands for the path itself and everything below it.'),
  allow: list(choice(ROLE_NAMES), 'roles').describe('The roles that may call it; `user` stands for everyone who is signed in.'),
  methods: list(choice(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']), 'HTTP methods')
    .exactOptional()
    .describe('Only these methods; all when left out.'),
});

const oauth = block({
  provider: text('the name of a provider, such as "google"').describe('Who signs people in.'),
  clientId: text('the client id that the provider gave').describe('The client id that the provider gave.'),
  clientSecret: secret('the client secret that the provider gave').describe('The client secret that the provider gave.'),
  redirectUri: url().describe('Where the provider sends the browser back to: `<address of the gateway>/auth/callback`.'),
  scopes: list(text('a scope'), 'scopes').prefault(['openid', 'profile', 'email']).describe('What is asked of the provider.'),
  jwt: block({
    secret: secret().describe('The key that signs the tokens of signed-in people.'),
    expiry: duration().prefault('1h').describe('How long such a token is good.'),
  }),
});

export const auth = block({
  type: choice(['token', 'oauth', 'disabled']).prefault('token').describe('How callers prove who they are.'),
  token: token
    .prefault({})
    .describe('The gateway token as text, or an object with rules for the one that the gateway makes.')
    .meta({ secret: true }),
  tokenExpiry: duration()
    .exactOptional()
    .describe('How long a token is good where `token.expiry` says nothing; without both, it does not expire.'),
  cors: block({
    enabled: flag().prefault(true).describe('Let pages of other origins call the API.'),
    origins: list(text('an origin such as "https://example.com", or "*"'), 'origins')
      .prefault([])
      .describe("The origins that may; `*` for all. The gateway's own pages always may."),
  }).prefault({}),
  acl: block({
    defaultPolicy: choice(['allow', 'deny']).prefault('deny').describe('What happens to a call that no rule fits.'),
    rules: list(rule, 'rules')
      .prefault([{ path: '/*', allow: ['user'] }])
      .describe('Who may call which path, besides what each role may do: the first rule that fits decides.'),
  }).prefault({}),
  sessions: block({
    idleTimeout: duration({ minMs: 60_000 }).prefault('7d').describe('A login of the dashboard ends when it was not used for this long.'),
    absoluteTimeout: duration({ minMs: 60_000 })
      .prefault('30d')
      .describe('A login of the dashboard ends this long after it began, however much it is used.'),
  }).prefault({}),
  oauth: oauth.exactOptional(),
});
