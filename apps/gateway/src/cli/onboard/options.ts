/** What the options of `openclaw onboard` say. Every one is checked before anything is done. */
import { isIP } from 'node:net';
import { GatewayError } from '@openclaw-gateway/events';
import { valueAt } from '../../config/path.ts';
import { isLoopback } from '../../config/relations.ts';
import { CHAT_SERVICES, type ChatService, type ChosenChannel, NEEDS, type Secret } from '../../operations/onboard/chat-services.ts';
import type { Choices } from '../../operations/onboard/plan.ts';
import { knownProviders, ollama, type ProviderChoice } from '../../operations/onboard/providers.ts';
import { BIND_WORDS } from '../commands/gateway-run.ts';

export type OnboardOptions = {
  readonly nonInteractive?: true;
  readonly model?: string;
  readonly apiKeyEnv?: string;
  readonly baseUrl?: string;
  readonly testModel?: true;
  readonly port?: number;
  readonly bind?: string;
  readonly acceptRisk?: true;
  readonly channel?: ChatService;
  readonly telegramTokenEnv?: string;
  readonly telegramAllowFrom?: string;
  readonly slackBotTokenEnv?: string;
  readonly slackAppTokenEnv?: string;
  readonly slackAllowFrom?: string;
  readonly discordTokenEnv?: string;
  readonly discordAllowFrom?: string;
  readonly installDaemon?: boolean;
  readonly saveKeys?: true;
  readonly start: boolean;
  readonly open?: boolean;
  readonly force?: true;
};

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MODEL = /^([A-Za-z0-9][A-Za-z0-9._-]*)\/\S+$/;

/** The choices that the options make. `document` is what the present configuration says. Throws USAGE. */
export function choicesOf(options: OnboardOptions, document: unknown, env: NodeJS.ProcessEnv): Choices {
  for (const [name, needed, isGiven] of dependents(options)) if (isGiven) throw usage(`${name} needs ${needed}.`);
  if (!options.start && options.installDaemon) throw usage('--install-daemon and --no-start exclude each other: a service is started.');
  const { model, port } = options;
  const host = options.bind === undefined ? undefined : checkedHost(options.bind, options.acceptRisk === true);
  const provider = model === undefined ? undefined : providerOf(model, options, document, env);
  return {
    ...(model !== undefined && { model }),
    ...(provider && { provider }),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(options.channel && { channel: channelOf(options, options.channel, env) }),
  };
}

function dependents(options: OnboardOptions): [name: string, needed: string, isGiven: boolean][] {
  const { model, channel } = options;
  return [
    ['--api-key-env', '--model', options.apiKeyEnv !== undefined && model === undefined],
    ['--base-url', '--model', options.baseUrl !== undefined && model === undefined],
    ['--save-keys', '--install-daemon', options.saveKeys === true && options.installDaemon !== true && options.nonInteractive === true],
    ...CHAT_SERVICES.flatMap((service) => {
      const { secrets, allowOption } = NEEDS[service];
      return [...secrets.map(({ option }) => option), allowOption].map((option): [string, string, boolean] => [
        option,
        `--channel ${service}`,
        given(options, option) !== undefined && channel !== service,
      ]);
    }),
  ];
}

function providerOf(
  model: string,
  { apiKeyEnv, baseUrl }: OnboardOptions,
  document: unknown,
  env: NodeJS.ProcessEnv,
): ProviderChoice | undefined {
  const name = MODEL.exec(model)?.[1];
  if (name === undefined)
    throw usage(`--model: expected "provider/model", such as "anthropic/claude-sonnet-4-5", found ${JSON.stringify(model)}.`);
  const problem = baseUrl === undefined ? undefined : baseUrlProblem(baseUrl);
  if (problem) throw usage(`--base-url: ${problem}`);
  const isConfigured = valueAt(document, ['models', 'providers', name]) !== undefined;
  if (isConfigured && apiKeyEnv === undefined && baseUrl === undefined) return undefined;
  if (name === 'echo') {
    if (apiKeyEnv === undefined && baseUrl === undefined) return undefined;
    throw usage('The built-in model echo/echo takes neither --api-key-env nor --base-url.');
  }
  const providers = knownProviders(env);
  const known: ProviderChoice | undefined = name === 'ollama' ? ollama(env) : providers.find((provider) => provider.name === name);
  if (!known && baseUrl === undefined) {
    const names = ['echo', 'ollama', ...providers.map((provider) => provider.name)];
    throw usage(
      `--model: no provider is known as ${JSON.stringify(name)}.`,
      `Take one of ${names.join(', ')}, or say with --base-url where it is.`,
    );
  }
  const keyVariable = apiKeyEnv ?? (baseUrl === undefined ? known?.keyVariable : undefined);
  const missing = keyVariable === undefined ? undefined : variableProblem(keyVariable, env);
  if (missing && apiKeyEnv === undefined)
    throw usage(`--model ${model}: ${missing}`, 'Set it to the key of the provider, or name another with --api-key-env.');
  if (missing) throw usage(`--api-key-env: ${missing}`);
  const address = baseUrl ?? known?.baseUrl;
  return {
    name,
    api: known?.api ?? 'openai-completions',
    ...(address !== undefined && { baseUrl: address }),
    ...(keyVariable !== undefined && { keyVariable }),
  };
}

function channelOf(options: OnboardOptions, service: ChatService, env: NodeJS.ProcessEnv): ChosenChannel {
  const { secrets, allowOption, ids } = NEEDS[service];
  const variables = secrets.map((secret): [string, string] => {
    const variable = given(options, secret.option) ?? secret.variable;
    const problem = secretProblem(secret, variable, env);
    if (problem) throw usage(`${secret.option}: ${problem}`);
    return [secret.key, variable];
  });
  const allowFrom = readIds(service, given(options, allowOption) ?? '');
  if (!allowFrom) throw usage(`${allowOption}: expected ${ids}, separated by commas, or *.`);
  return { service, variables: Object.fromEntries(variables), allowFrom };
}

/** What was given for an option that is named as it is written. */
function given(options: OnboardOptions, option: string): string | undefined {
  const name = option.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return (options as unknown as Readonly<Record<string, string | undefined>>)[name];
}

/** Why this variable is no place for a secret; undefined when it is. What is given may be the secret itself, so it is not repeated. */
export function secretProblem(
  { variable: usual, pattern, what, origin }: Secret,
  variable: string,
  env: NodeJS.ProcessEnv,
): string | undefined {
  if (!VARIABLE.test(variable)) return `expected the name of an environment variable, such as ${usual}, not the token itself.`;
  if (!env[variable]) return notSet(variable);
  return pattern.test(env[variable]) ? undefined : `what ${variable} holds is no ${what}: ${origin}`;
}

/** Why this is no address of a provider; undefined when it is. It is not repeated: it may carry a password. */
export function baseUrlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return 'expected an address such as "http://127.0.0.1:8000/v1".';
  return url.username || url.password ? 'expected an address without a password in it; name the key with --api-key-env.' : undefined;
}

/** Whether a variable of this name is set; else why not. What is given may be the secret itself, so it is not repeated. */
export function variableProblem(variable: string, env: NodeJS.ProcessEnv): string | undefined {
  if (!VARIABLE.test(variable)) return 'expected the name of an environment variable, not the key itself.';
  return env[variable] ? undefined : notSet(variable);
}

/** Keys of some providers could be names of variables, too: only what looks like one is repeated. */
function notSet(variable: string): string {
  return `the environment variable ${/^[A-Z_][A-Z0-9_]*$/.test(variable) ? variable : 'of this name'} is not set.`;
}

/** Ids of people as they are typed; undefined when one is none. */
export function readIds(service: ChatService, text: string): readonly string[] | undefined {
  const ids = text.split(/[\s,]+/).filter((id) => id !== '');
  return ids.every((id) => id === '*' || NEEDS[service].id.test(id)) ? ids : undefined;
}

/** The address that was meant. Throws USAGE also where other machines could reach it and nobody agreed to that. */
function checkedHost(bind: string, acceptsRisk: boolean): string {
  const host = BIND_WORDS[bind] ?? bind;
  if (isIP(host) === 0) throw usage(`--bind: expected an IP address, loopback or lan, found ${JSON.stringify(bind)}.`);
  if (isLoopback(host) || acceptsRisk) return host;
  throw usage(
    `--bind ${bind}: other machines would reach the gateway, and over plain HTTP its token can be read on the way.`,
    'Add --accept-risk when that network is yours, or keep 127.0.0.1 and put HTTPS in front of it.',
  );
}

const usage = (message: string, remedy?: string) => new GatewayError('USAGE', { message, ...(remedy && { details: { remedy } }) });
