/** A provider of OpenID Connect that says what the test wants: wrong, late, too much, or nothing. Tokens are signed without a library. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { startHttpServer } from './http-server.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** How an ID token is made. `none`: unsigned. `hs256`: with the client's secret. `stranger`: by a key that the provider does not publish. */
export type Signing = 'rs256' | 'none' | 'hs256-public-key' | 'stranger' | 'tampered';

export type Answer = { readonly status?: number; readonly type?: string; readonly body: string };

export type ScriptedProvider = AsyncDisposable & {
  readonly issuer: string;
  /** What the document of discovery says in place of, or beside, the right thing. */
  metadata: Claims;
  /** What the ID token says in place of, or beside, the right thing. `nonce` is for the test to set. */
  claims: Claims;
  signing: Signing;
  /** Whole answers in place of the right ones, by path. */
  readonly answers: Map<string, Answer | 'silence' | 'cut'>;
  /** The bodies that the token endpoint was sent. */
  readonly redeemed: URLSearchParams[];
  readonly asked: string[];
};

const CONFIGURATION = '/.well-known/openid-configuration';

export async function startScriptedProvider(clientId: string): Promise<ScriptedProvider> {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = await startHttpServer((request, body, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    provider.asked.push(path);
    const scripted = provider.answers.get(path);
    if (scripted === 'silence') return;
    if (scripted === 'cut') return void response.destroy();
    const answer = scripted ?? rightAnswer(path, body);
    response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'application/json' }).end(answer.body);
  });
  const provider = {
    issuer: server.origin,
    metadata: {} as Claims,
    claims: {} as Claims,
    signing: 'rs256' as Signing,
    answers: new Map<string, Answer | 'silence' | 'cut'>(),
    redeemed: [] as URLSearchParams[],
    asked: [] as string[],
    [Symbol.asyncDispose]: () => server.close(),
  };

  function rightAnswer(path: string, body: string): Answer {
    if (path === CONFIGURATION) return json(metadataOf(server.origin, provider.metadata));
    if (path === '/jwks') return json({ keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] });
    if (path !== '/token') return { status: 404, body: '{}' };
    provider.redeemed.push(new URLSearchParams(body));
    return json({ access_token: 'opaque', token_type: 'Bearer', expires_in: 60, id_token: idToken() });
  }

  function idToken(): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: server.origin,
      aud: clientId,
      sub: 'ann',
      iat: now,
      exp: now + 300,
      email: 'ann@example.com',
      email_verified: true,
    };
    const payload = encode({ ...claims, ...provider.claims });
    const header = (alg: string) => encode({ alg, kid: 'k1', typ: 'JWT' });
    const rs256 = (key: typeof own.privateKey) => {
      const input = `${header('RS256')}.${payload}`;
      return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
    };
    switch (provider.signing) {
      case 'rs256':
        return rs256(own.privateKey);
      case 'stranger':
        return rs256(stranger.privateKey);
      case 'none':
        return `${header('none')}.${payload}.`;
      case 'tampered': {
        const [head, , signature] = rs256(own.privateKey).split('.');
        return `${head}.${encode({ ...claims, ...provider.claims, sub: 'mallory' })}.${signature}`;
      }
      case 'hs256-public-key':
        return hs256(header('HS256'), payload, own.publicKey.export({ format: 'pem', type: 'spki' }) as string);
    }
  }

  return provider;
}

function metadataOf(issuer: string, changed: Claims): Claims {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    ...changed,
  };
}

function hs256(header: string, payload: string, key: string): string {
  return `${header}.${payload}.${createHmac('sha256', key).update(`${header}.${payload}`).digest('base64url')}`;
}

function json(value: unknown): Answer {
  return { body: JSON.stringify(value) };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
