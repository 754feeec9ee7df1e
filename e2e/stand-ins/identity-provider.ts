/** A real server of OpenID Connect (oidc-provider) in which whoever comes is signed in as the account that the test names. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Adapter, type AdapterPayload, type Configuration, type JWK } from 'oidc-provider';

export type Account = Readonly<Record<string, unknown>> & { readonly sub: string };

export type IdentityProvider = AsyncDisposable & {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who sits at the browser; nobody cancels. */
  account: Account | undefined;
  /** The paths that were asked for, in order. */
  readonly asked: string[];
};

export type IdentityProviderOptions = {
  readonly redirectUri: string;
  /** How the client proves itself at the token endpoint. */
  readonly clientAuthentication?: 'client_secret_basic' | 'client_secret_post';
  /** Whether claims such as the e-mail address are in the ID token too, as with most providers. */
  readonly claimsInIdToken?: boolean;
};

const CLIENT_ID = 'gateway';
const CLIENT_SECRET = 'a client secret: with +/% in it, of 40 letters';
const SCOPES = 'openid profile email groups';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

export async function startIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  let handle: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined;
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked: string[] = [];
  const idp = { issuer, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, account: undefined as Account | undefined, asked };
  const accounts = new Map<string, Account>();
  const provider = new Provider(issuer, {
    ...configuration(options),
    findAccount: (_, sub) => {
      const account = accounts.get(sub);
      return account && { accountId: sub, claims: async () => account };
    },
    loadExistingGrant: async (context) => {
      const { session, client } = context.oidc;
      if (!session?.accountId || !client) return undefined;
      const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
      grant.addOIDCScope(SCOPES);
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  handle = async (request, response) => {
    asked.push((request.url ?? '').split('?', 1)[0] ?? '');
    if (!request.url?.startsWith('/interaction/')) return answer(request, response);
    const { account } = idp;
    if (account) accounts.set(account.sub, account);
    const result = account ? { login: { accountId: account.sub } } : { error: 'access_denied', error_description: 'cancelled' };
    return await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  };
  return Object.assign(idp, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function configuration({ redirectUri, clientAuthentication, claimsInIdToken }: IdentityProviderOptions): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: clientAuthentication ?? 'client_secret_basic',
      },
    ],
    ...(clientAuthentication && { clientAuthMethods: [clientAuthentication] }),
    adapter: memory(),
    jwks: { keys: [{ ...(privateKey.export({ format: 'jwk' }) as JWK), use: 'sig', alg: 'RS256', kid: 'k1' }] },
    claims: { email: ['email', 'email_verified'], groups: ['groups'], profile: ['name'] },
    scopes: SCOPES.split(' '),
    conformIdTokenClaims: claimsInIdToken !== true,
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['a key for the cookies of this stand-in'] },
  };
}

/** Keeps what the server remembers for as long as the test runs. */
function memory(): (name: string) => Adapter {
  const kept = new Map<string, AdapterPayload>();
  return (name) => {
    const key = (id: string) => `${name} ${id}`;
    const where = (holds: (payload: AdapterPayload) => boolean) =>
      [...kept].find(([of, payload]) => of.startsWith(`${name} `) && holds(payload))?.[1];
    return {
      upsert: async (id, payload) => void kept.set(key(id), payload),
      find: async (id) => kept.get(key(id)),
      findByUid: async (uid) => where((payload) => payload.uid === uid),
      findByUserCode: async (code) => where((payload) => payload.userCode === code),
      consume: async (id) => void Object.assign(kept.get(key(id)) ?? {}, { consumed: Math.floor(Date.now() / 1000) }),
      destroy: async (id) => void kept.delete(key(id)),
      revokeByGrantId: async (grantId) => {
        for (const [of, payload] of kept) if (payload.grantId === grantId) kept.delete(of);
      },
    };
  };
}
