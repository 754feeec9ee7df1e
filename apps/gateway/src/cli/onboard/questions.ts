/** The questions about one part of the setup each. */
import { autocomplete, confirm, isCancel, log, note, select, text } from '@clack/prompts';
import { toGatewayError } from '@openclaw-gateway/events';
import { isLoopback } from '../../config/relations.ts';
import { type ChatService, NEEDS } from '../../operations/onboard/chat-services.ts';
import { listModels, preferred } from '../../operations/onboard/model-list.ts';
import { type Choices, makePlan } from '../../operations/onboard/plan.ts';
import { choiceOf, knownProviders, ollama, type ProviderChoice } from '../../operations/onboard/providers.ts';
import { type Trial, tryModel } from '../../operations/onboard/try-model.ts';
import { findPortHolder } from '../../operations/port.ts';
import { tryPort } from '../commands/gateway-run.ts';
import { baseUrlProblem, readIds, secretProblem, variableProblem } from './options.ts';
import type { Situation } from './setup.ts';

/** The person pressed Ctrl+C or Escape. */
export class Cancelled extends Error {}

export function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new Cancelled();
  return answer as Exclude<T, symbol>;
}

const NO_MODEL = 'echo';
const OTHER = 'other';
/** A longer list is easier to search than to walk. */
const WALKABLE = 12;

type ModelAnswer = { readonly choices?: Pick<Choices, 'model' | 'provider'>; readonly trial?: Trial };

/** Which model answers; tried where the person wants that. */
export async function askModel(situation: Situation): Promise<ModelAnswer> {
  for (;;) {
    const choices = await chooseModel(situation);
    if (choices.model === 'echo/echo') return { choices };
    const wants = answered(await confirm({ message: `Ask ${choices.model} one tiny question, to see that it answers?` }));
    if (!wants) return { choices };
    const { context, present } = situation;
    try {
      const { config } = await makePlan(present, choices, { file: context.paths.config, env: context.env });
      const trial = await tryModel(config, context.env);
      log.success(`It answered ${JSON.stringify(trial.reply)} after ${trial.durationMs} ms.`);
      return { choices, trial };
    } catch (thrown) {
      const { message, remedy, details } = toGatewayError(thrown);
      const said = details?.['providerMessage'];
      log.error(`${message}${typeof said === 'string' ? ` It said: ${said}` : ''}\n${remedy}`);
    }
    const again = await select({
      message: 'And now?',
      options: [
        { value: true, label: 'Choose another model' },
        { value: false, label: 'Take it all the same' },
      ],
    });
    if (!answered(again)) return { choices };
  }
}

async function chooseModel({ context }: Situation): Promise<{ readonly model: string; readonly provider?: ProviderChoice }> {
  const { env } = context;
  log.step('Looking for keys in the environment, and for Ollama …');
  const local = ollama(env);
  const found = await listModels(local, env);
  const providers = knownProviders(env);
  const withKey = providers.filter(({ keyVariable }) => env[keyVariable]);
  const without = providers.filter(({ keyVariable }) => !env[keyVariable]);
  const name = answered(
    await select({
      message: 'Which model answers?',
      options: [
        ...withKey.map((provider) => ({ value: provider.name, label: provider.label, hint: `${provider.keyVariable} is set` })),
        'models' in found
          ? { value: local.name, label: 'Ollama', hint: `${found.models.length} at ${local.baseUrl}` }
          : { value: local.name, label: 'Ollama', hint: found.problem, disabled: true },
        { value: OTHER, label: "Another server with OpenAI's API" },
        { value: NO_MODEL, label: 'None for now', hint: 'the built-in echo answers' },
        ...without.map((provider) => ({
          value: provider.name,
          label: provider.label,
          hint: `set ${provider.keyVariable}`,
          disabled: true,
        })),
      ],
    }),
  );
  if (name === NO_MODEL) return { model: 'echo/echo' };
  if (name === local.name && 'models' in found) return { model: `${local.name}/${await pickModel(found.models)}`, provider: local };
  const known = providers.find((provider) => provider.name === name);
  const provider = known ? choiceOf(known) : await askOtherServer(env);
  const list = await listModels(provider, env);
  if ('problem' in list) log.warn(`Its models cannot be listed: ${list.problem}.`);
  const model = 'models' in list ? await pickModel(list.models, known?.prefers) : await typeModel();
  return { model: `${provider.name}/${model}`, provider };
}

async function pickModel(models: readonly string[], prefers?: RegExp): Promise<string> {
  const options = models.map((value) => ({ value }));
  const initialValue = preferred(models, prefers);
  if (models.length <= WALKABLE) return answered(await select({ message: 'Which of its models?', options, initialValue }));
  return answered(await autocomplete({ message: 'Which of its models? (type to search)', options, initialValue, maxItems: WALKABLE }));
}

async function typeModel(): Promise<string> {
  const validate = (value = '') => (/^\S+$/.test(value) ? undefined : 'The name of a model, as its provider writes it.');
  return answered(await text({ message: 'The name of the model', validate }));
}

async function askOtherServer(env: NodeJS.ProcessEnv): Promise<ProviderChoice> {
  const baseUrl = answered(
    await text({
      message: 'Its address',
      placeholder: 'http://127.0.0.1:8000/v1',
      validate: (value = '') => baseUrlProblem(value),
    }),
  );
  const keyVariable = answered(
    await text({
      message: 'The environment variable that holds its key (empty: it needs none)',
      defaultValue: '',
      validate: (value = '') => (value === '' ? undefined : variableProblem(value, env)),
    }),
  );
  return { name: 'local', api: 'openai-completions', baseUrl, ...(keyVariable && { keyVariable }) };
}

/** Where the gateway listens: on a free port, and beyond this machine only when the person agrees to that. */
export async function askAddress(situation: Situation): Promise<Pick<Choices, 'host' | 'port'>> {
  const { host: presentHost, port: presentPort } = (await situation.context.configOrDefaults()).config.gateway.network;
  const host = answered(
    await select({
      message: 'Who can reach the gateway?',
      options: [
        { value: '127.0.0.1', label: 'This machine only', hint: '127.0.0.1' },
        { value: '0.0.0.0', label: 'All of the network', hint: '0.0.0.0, over plain HTTP' },
        ...(isLoopback(presentHost) || presentHost === '0.0.0.0' ? [] : [{ value: presentHost, label: `As it is: ${presentHost}` }]),
      ],
      initialValue: isLoopback(presentHost) ? '127.0.0.1' : presentHost,
    }),
  );
  if (!isLoopback(host)) {
    const agrees = await confirm({
      message: 'On a network that is not yours, the token can be read on the way. Listen there?',
      initialValue: false,
    });
    if (!answered(agrees)) return askAddress(situation);
  }
  return { host, port: await askPort(situation, host, presentPort) };
}

async function askPort({ running }: Situation, host: string, present: number): Promise<number> {
  const validate = (value = '') => (/^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? undefined : 'A port from 0 to 65535.');
  const own = running && Number(new URL(running.url).port);
  for (;;) {
    const port = Number(answered(await text({ message: 'On which port?', initialValue: String(present), validate })));
    if (port === own || (await tryPort(host, port)) === undefined) return port;
    const holder = await findPortHolder(port);
    log.warn(
      `Port ${port} cannot be had: ${holder ? `pid ${holder.pid} has it, ${holder.command}` : 'another process has it, or it needs root'}.`,
    );
  }
}

/** A chat service; undefined when it is not to be connected. */
export async function askChannel({ context }: Situation, service: ChatService): Promise<Choices['channel']> {
  const { label, secrets, ids, hint } = NEEDS[service];
  const areThere = secrets.every(({ variable }) => Boolean(context.env[variable]));
  if (!answered(await confirm({ message: `Connect ${label}?`, initialValue: areThere }))) return undefined;
  note(hint);
  const variables: Record<string, string> = {};
  for (const secret of secrets) {
    const variable = answered(
      await text({
        message: `The environment variable that holds the ${secrets.length === 1 ? 'token' : secret.what} (empty: not now)`,
        initialValue: secret.variable,
        validate: (value = '') => (value === '' ? undefined : secretProblem(secret, value, context.env)),
      }),
    );
    if (!variable) return undefined;
    variables[secret.key] = variable;
  }
  const typed = answered(
    await text({
      message: `Who may write to it? ${ids[0]?.toUpperCase()}${ids.slice(1)}, or * for everyone (empty: nobody yet)`,
      defaultValue: '',
      validate: (value = '') => (readIds(service, value) ? undefined : `Expected ${ids}, separated by commas, or *.`),
    }),
  );
  return { service, variables, allowFrom: readIds(service, typed) ?? [] };
}
