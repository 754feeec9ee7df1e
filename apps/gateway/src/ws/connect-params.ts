/** The parameters of `connect`, as protocol 4 closes them. */
import { z } from 'zod';

const text = z.string().min(1);

export const CLIENT_IDS = [
  'webchat-ui',
  'openclaw-control-ui',
  'openclaw-browser-copilot',
  'openclaw-tui',
  'webchat',
  'cli',
  'gateway-client',
  'openclaw-macos',
  'openclaw-linux',
  'openclaw-ios',
  'openclaw-watchos',
  'openclaw-android',
  'node-host',
  'openclaw-worker',
  'test',
  'fingerprint',
  'openclaw-probe',
] as const;

export const CLIENT_MODES = ['webchat', 'cli', 'ui', 'backend', 'node', 'worker', 'probe', 'test'] as const;

const client = z.strictObject({
  id: z.enum(CLIENT_IDS),
  displayName: text.optional(),
  version: text,
  buildId: text.max(96).optional(),
  platform: text,
  deviceFamily: text.optional(),
  modelIdentifier: text.optional(),
  timeZone: text.max(64).optional(),
  mode: z.enum(CLIENT_MODES),
  instanceId: text.max(256).optional(),
});

const device = z.strictObject({
  id: text,
  publicKey: text,
  signature: text,
  signedAt: z.int().nonnegative(),
  nonce: text,
});

const auth = z.strictObject({
  token: z.string().optional(),
  bootstrapToken: z.string().optional(),
  deviceToken: z.string().optional(),
  password: z.string().optional(),
  approvalRuntimeToken: z.string().optional(),
  agentRuntimeIdentityToken: z.string().optional(),
});

export const connectParams = z.strictObject({
  minProtocol: z.int().min(1),
  maxProtocol: z.int().min(1),
  client,
  caps: z.array(text).optional(),
  commands: z.array(text).optional(),
  computerUse: z.unknown().optional(),
  workerRuns: z.unknown().optional(),
  permissions: z.record(z.string(), z.boolean()).optional(),
  pathEnv: z.string().optional(),
  role: text.optional(),
  scopes: z.array(text).optional(),
  device: device.optional(),
  auth: auth.optional(),
  locale: z.string().optional(),
  userAgent: z.string().optional(),
});

export type ConnectParams = z.output<typeof connectParams>;
export type ClientInfo = ConnectParams['client'];
