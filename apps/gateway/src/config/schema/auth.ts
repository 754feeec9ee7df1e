import { z } from 'zod';
import { ROLE_NAMES } from '../../access/roles.ts';
import type { Milliseconds } from './values.ts';
import { block, choice, domainName, duration, email, flag, list, rulePath, secret, text, url, whole } from './values.ts';

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

const oauthRole = block({
  emails: list(email(), 'e-mail addresses').prefault([]).describe('Whom the rule is for, by verified e-mail address.'),
  domains: list(domainName(), 'domains').prefault([]).describe('Whom the rule is for, by the domain of the verified e-mail address.'),
  claim: text('the name of a claim, such as "groups"', 200)
    .exactOptional()
    .describe('Whom the rule is for, by what the provider says about them: a claim that is, or has among its entries, `value`.'),
  value: text('what the claim must be', 500).exactOptional().describe('What the claim must be.'),
  role: choice(ROLE_NAMES).describe('The role that they get. Who fits several rules gets all their roles.'),
});

const oauth = block({
  provider: text('the name of a provider, such as "google"', 64).describe(
    'Who signs people in; the name is on the button of the sign-in page.',
  ),
  issuer: url()
    .exactOptional()
    .describe("The provider's issuer, under which it publishes `/.well-known/openid-configuration`. Google's when the provider is google."),
  clientId: text('the client id that the provider gave').describe('The client id that the provider gave.'),
  clientSecret: secret('the client secret that the provider gave').describe('The client secret that the provider gave.'),
  redirectUri: url().describe('Where the provider sends the browser back to: `<address of the gateway>/auth/callback`.'),
  scopes: list(text('a scope'), 'scopes').prefault(['openid', 'profile', 'email']).describe('What is asked of the provider.'),
  allowedEmails: list(email(), 'e-mail addresses').prefault([]).describe('Who may sign in, by verified e-mail address.'),
  allowedDomains: list(domainName(), 'domains')
    .prefault([])
    .describe(
      'Who may sign in, by the domain of the verified e-mail address. Where this or `allowedEmails` names any, only those come in.',
    ),
  roles: list(oauthRole, 'rules').prefault([]).describe('What people may do who sign in. Who is allowed and fits no rule is a `user`.'),
  jwt: block({
    secret: secret().describe('The key that signs the access tokens of signed-in people: 32 bytes or more.'),
    expiry: duration({ minMs: 1000 }).prefault('1h').describe('How long an access token is good.'),
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
