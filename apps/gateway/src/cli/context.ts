/** What every command needs: where things lie, the configuration, and the gateway if it runs. */
import { readFile } from 'node:fs/promises';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { readText } from '../config/file.ts';
import type { Config, ReadConfig } from '../config/index.ts';
import { valueAt } from '../config/path.ts';
import { findRunning, type RunningProcess } from '../operations/process.ts';
import { type StatePaths, statePaths } from '../operations/state-dir.ts';
import { type Api, createApi, isReady } from './api.ts';
import { createOutput, type Output } from './output.ts';
import { ownCertificates, type Trust } from './trust.ts';

const TOKEN = ['gateway', 'auth', 'token'];

export type Context = {
  readonly env: NodeJS.ProcessEnv;
  /** Throws USAGE where the gateway is on another machine: its files cannot be seen from here. */
  readonly paths: StatePaths;
  /** The address of a gateway elsewhere, from OPENCLAW_GATEWAY_URL. */
  readonly remote: string | undefined;
  readonly out: Output;
  /** The configuration in the file. Missing environment variables are overlooked: the gateway may have them. */
  config(): Promise<ReadConfig>;
  /** The same, or all defaults where the file is refused: for commands that must work then, too. */
  configOrDefaults(): Promise<ReadConfig>;
  /** The address of the gateway: its own word when it runs, else the configuration's. */
  address(): Promise<{ readonly url: string; readonly running: RunningProcess | undefined }>;
  /** Which certificates are the gateway's own. */
  readonly trust: Trust;
  /** The API of the gateway, whether it answers or not. */
  api(): Promise<Api>;
  /** The API when a gateway runs, `undefined` when it is stopped. */
  apiIfRunning(): Promise<Api | undefined>;
};

export function createContext(options: { readonly json: boolean; readonly env?: NodeJS.ProcessEnv }): Context {
  const env = options.env ?? process.env;
  const paths = statePaths(env);
  const remote = remoteUrl(env);
  let reading: Promise<ReadConfig> | undefined;
  const context: Context = {
    env,
    get paths() {
      if (remote === undefined) return paths;
      throw elsewhere(remote);
    },
    remote,
    out: createOutput(options.json),
    config: async () => {
      reading ??= readText(context.paths.config).then((text) => interpret(text ?? '', env));
      return reading;
    },
    configOrDefaults: () =>
      context.config().catch((error: unknown) => {
        if (error instanceof GatewayError && error.code.startsWith('CONFIG_')) return interpret('', env);
        throw error;
      }),
    async address() {
      if (remote !== undefined) return { url: remote, running: undefined };
      const running = await findRunning(paths.pidFile);
      return running ? { url: running.url, running } : { url: addressOf((await context.configOrDefaults()).config), running: undefined };
    },
    trust: () => ownCertificates(context)(),
    async api() {
      const { url } = await context.address();
      return createApi(url, await findToken(context), context.trust);
    },
    async apiIfRunning() {
      if (remote !== undefined) return context.api();
      const { url, running } = await context.address();
      return running || (await isReady(url, context.trust)) ? createApi(url, await findToken(context), context.trust) : undefined;
    },
  };
  return context;
}

/**
 * The token that the configuration gives. Read without the schema, which takes longer to load than most commands take to run,
 * and also where something else in the file is refused.
 */
async function writtenToken(context: Context): Promise<string | undefined> {
  const { paths, env } = context;
  const text = await readText(paths.config).catch(() => undefined);
  if (!text?.trim()) return undefined;
  const [{ unalias }, { substitute }, { parseJson5, toValue }, { isFileReference }] = await Promise.all([
    import('../config/aliases.ts'),
    import('../config/environment.ts'),
    import('../config/json5.ts'),
    import('../config/secret-references.ts'),
  ]);
  try {
    const { value, missing } = substitute(unalias(toValue(parseJson5(text))).value, env);
    const token = valueAt(value, TOKEN);
    if (isFileReference(token)) return await tokenInFile(context);
    return typeof token === 'string' && !missing.some(({ path }) => path === TOKEN.join('.')) ? token : undefined;
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

async function tokenInFile(context: Context): Promise<string | undefined> {
  const { config, missingSecrets } = await context.configOrDefaults();
  return missingSecrets.has(TOKEN.join('.')) ? undefined : config.gateway.auth.token.value;
}

/** The schema is loaded only by commands that need it. */
async function interpret(text: string, env: NodeJS.ProcessEnv): Promise<ReadConfig> {
  const { loadConfig } = await import('../config/load.ts');
  return loadConfig(text, { env, allowMissingVariables: true });
}

/** Where a gateway with this configuration is reached from this machine. */
export function addressOf(config: Config): string {
  const { host, port, https } = config.gateway.network;
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${https.enabled ? 'https' : 'http'}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** The gateway token, in the order in which the gateway itself looks for it. */
export async function findToken(context: Context): Promise<string | undefined> {
  const fromEnvironment = context.env['OPENCLAW_GATEWAY_TOKEN'];
  if (fromEnvironment) return fromEnvironment;
  if (context.remote !== undefined) {
    // The token of this machine's own gateway is nothing to send elsewhere.
    throw new GatewayError('UNAUTHENTICATED', {
      message: `OPENCLAW_GATEWAY_URL names the gateway at ${context.remote}, but its token is not given.`,
      details: { remedy: "Set OPENCLAW_GATEWAY_TOKEN to what `openclaw gateway token` prints on the gateway's machine." },
    });
  }
  const configured = await writtenToken(context);
  if (configured) return configured;
  const text = await readFile(context.paths.token, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new GatewayError('UNAUTHENTICATED', { message: `The gateway token in ${context.paths.token} cannot be read: ${error.message}.` });
  });
  return text.trim() || undefined;
}

/** Throws USAGE when the variable holds something else than the address of a gateway. */
function remoteUrl(env: NodeJS.ProcessEnv): string | undefined {
  const written = env['OPENCLAW_GATEWAY_URL'];
  if (!written) return undefined;
  const url = URL.parse(written);
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '') {
    return url.origin;
  }
  throw new GatewayError('USAGE', {
    message: 'OPENCLAW_GATEWAY_URL is not the address of a gateway.',
    details: {
      remedy: 'Set it to an address without path and credentials, such as https://gateway.example.com or http://127.0.0.1:18789.',
    },
  });
}

function elsewhere(url: string): GatewayError {
  return new GatewayError('USAGE', {
    message: `This needs the gateway's own machine, and OPENCLAW_GATEWAY_URL names a gateway elsewhere: ${url}.`,
    details: { remedy: 'Run it on that machine, for example by ssh, or unset OPENCLAW_GATEWAY_URL to mean the gateway of this one.' },
  });
}
