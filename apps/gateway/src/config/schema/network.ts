import { z } from 'zod';
import { block, choice, duration, flag, host, list, text, whole } from './values.ts';

const certificateFiles = block({
  certFile: text('the path of a PEM file').describe('The certificate and its chain, in PEM.'),
  keyFile: text('the path of a PEM file').exactOptional().describe("The certificate's private key, in PEM; else `https.key` names it."),
  caFile: text('the path of a PEM file').exactOptional().describe('Certificates of the authorities that clients are checked against.'),
});

const https = block({
  enabled: flag().prefault(false).describe('Serve HTTPS in place of HTTP.'),
  cert: z
    .union([text('the path of a PEM file'), certificateFiles], { error: 'the path of a PEM file, or { certFile, keyFile, caFile }' })
    .exactOptional()
    .describe('The certificate: the path of a PEM file, or an object with certFile, keyFile and caFile.'),
  key: text('the path of a PEM file').exactOptional().describe("The path of the certificate's private key."),
  letsEncrypt: block({
    enabled: flag().prefault(false).describe("Get and renew the certificate from Let's Encrypt."),
    domain: text('a domain name').exactOptional().describe('The name that the certificate is for.'),
    email: text('an e-mail address').exactOptional().describe('Where the authority writes to before a certificate expires.'),
  }).prefault({}),
  minVersion: choice(['1.2', '1.3']).prefault('1.2').describe('The oldest TLS version that is spoken.'),
  cipherSuites: list(text('the name of a cipher suite'), 'cipher suites')
    .prefault(['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'])
    .describe("The TLS 1.3 cipher suites that are offered; TLS 1.2 uses Node's defaults."),
}).transform(({ cert, key, ...rest }) => ({ ...rest, certificate: certificate(cert, key) }));

/** Where the certificate lies, in one shape for both spellings. */
export type Certificate = { readonly certFile: string; readonly keyFile: string; readonly caFile?: string };

function certificate(cert: z.output<typeof certificateFiles> | string | undefined, key: string | undefined): Certificate | undefined {
  if (cert === undefined) return undefined;
  const files: z.output<typeof certificateFiles> = typeof cert === 'string' ? { certFile: cert } : cert;
  const keyFile = files.keyFile ?? key;
  if (keyFile === undefined) return undefined;
  return files.caFile === undefined ? { certFile: files.certFile, keyFile } : { certFile: files.certFile, keyFile, caFile: files.caFile };
}

export const network = block({
  host: host().prefault('127.0.0.1').describe('The address to listen on; 0.0.0.0 listens on all.'),
  port: whole(0, 65535).prefault(18789).describe('The port for HTTP, WebSocket and the dashboard; 0 takes any free one.'),
  https: https.prefault({}),
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
