import { z } from 'zod';
import { cipherSuite } from './cipher-suites.ts';
import { block, choice, cidr, domainName, duration, email, flag, host, list, origin, text, url, whole } from './values.ts';

const certificateFiles = block({
  certFile: text('the path of a PEM file').describe('The certificate and its chain, in PEM.'),
  keyFile: text('the path of a PEM file').exactOptional().describe("The certificate's private key, in PEM; else `https.key` names it."),
  caFile: text('the path of a PEM file')
    .exactOptional()
    .describe('Certificates of the authorities that clients are checked against: with it, clients are asked for a certificate.'),
});

const https = block({
  enabled: flag().prefault(false).describe('Serve HTTPS in place of HTTP.'),
  cert: z
    .union([text('the path of a PEM file'), certificateFiles], { error: 'the path of a PEM file, or { certFile, keyFile, caFile }' })
    .exactOptional()
    .describe("The certificate: the path of a PEM file, or an object with certFile, keyFile and caFile. Relative to this file's folder."),
  key: text('the path of a PEM file').exactOptional().describe("The path of the certificate's private key, in PEM and not encrypted."),
  clientCertificates: choice(['optional', 'required'])
    .prefault('optional')
    .describe(
      'What cert.caFile means for clients without a certificate: "optional" lets them in, "required" only from this machine. One that the authorities did not sign is always refused.',
    ),
  letsEncrypt: block({
    enabled: flag()
      .prefault(false)
      .describe("Get and renew the certificate from Let's Encrypt. Turning it on is agreeing to its subscriber agreement."),
    domain: domainName().exactOptional().describe('The name that the certificate is for.'),
    email: email().exactOptional().describe('Where the authority can reach you about the account and its certificates.'),
    directoryUrl: url(['https'])
      .prefault('https://acme-v02.api.letsencrypt.org/directory')
      .describe("The authority's directory: Let's Encrypt itself, or another one that speaks ACME."),
    httpPort: whole(0, 65535)
      .prefault(80)
      .describe(
        "The port where the authority's check is answered and HTTP is sent on to HTTPS. 0 opens none: a proxy passes /.well-known/acme-challenge/ to the gateway's own port.",
      ),
  }).prefault({}),
  minVersion: choice(['1.2', '1.3']).prefault('1.2').describe('The oldest TLS version that is spoken.'),
  cipherSuites: list(cipherSuite(), 'cipher suites')
    .prefault(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'])
    .describe("The cipher suites that are spoken, best first. A TLS version none of whose suites is named speaks Node's defaults."),
}).transform(({ cert, key, ...rest }) => ({ ...rest, certificate: certificate(cert, key) }));

/** Where the certificate lies, in one shape for both spellings. */
export type Certificate = {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile?: string;
  /** The keys under `https` that name the files, as they are written. */
  readonly keys: { readonly certFile: string; readonly keyFile: string };
};

function certificate(cert: z.output<typeof certificateFiles> | string | undefined, key: string | undefined): Certificate | undefined {
  if (cert === undefined) return undefined;
  const files: z.output<typeof certificateFiles> = typeof cert === 'string' ? { certFile: cert } : cert;
  const keyFile = files.keyFile ?? key;
  if (keyFile === undefined) return undefined;
  const keys = {
    certFile: typeof cert === 'string' ? 'cert' : 'cert.certFile',
    keyFile: files.keyFile === undefined ? 'key' : 'cert.keyFile',
  };
  return { certFile: files.certFile, keyFile, ...(files.caFile !== undefined && { caFile: files.caFile }), keys };
}

export const network = block({
  host: host().prefault('127.0.0.1').describe('The address to listen on; 0.0.0.0 listens on all.'),
  port: whole(0, 65535).prefault(18789).describe('The port for HTTP, WebSocket and the dashboard; 0 takes any free one.'),
  https: https.prefault({}),
  publicUrl: origin()
    .exactOptional()
    .describe('The address that people use, where that is another than this: links, cookies and the check of origins go by it.'),
  trustedProxies: list(cidr(), 'addresses or networks')
    .prefault([])
    .describe('The reverse proxies whose word counts on who the client is (X-Forwarded-For, -Proto, -Host, X-Real-IP).'),
  connections: block({
    maxWebSocketConnections: whole(1, 1_000_000).prefault(1000).describe('More WebSocket clients than this are turned away.'),
    webSocketTimeout: duration().prefault('5m').describe('A WebSocket client that does not answer pings for this long is disconnected.'),
    maxHttpConnections: whole(1, 1_000_000)
      .prefault(100)
      .describe('More HTTP connections at a time than this are turned away; WebSocket clients count apart.'),
    requestTimeout: duration().prefault('30s').describe('A request must have arrived within this time.'),
  }).prefault({}),
  rateLimit: block({
    enabled: flag().prefault(true).describe('Limit requests of one address. On as soon as this block is written, off without it.'),
    windowMs: whole(1, 86_400_000).prefault(60_000).describe('The window in milliseconds over which requests are counted.'),
    maxRequests: whole(1, 1_000_000_000).prefault(100).describe('How many requests one address may make in a window.'),
    statusCode: whole(400, 599).prefault(429).describe('The status that answers what is over the limit.'),
  }).prefault({ enabled: false }),
});
