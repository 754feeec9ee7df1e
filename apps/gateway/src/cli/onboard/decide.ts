/** `openclaw onboard --non-interactive`: the options decide, and the environment where they say nothing. */
import { GatewayError } from '@openclaw-gateway/events';
import { valueAt } from '../../config/path.ts';
import { listModels, preferred } from '../../operations/onboard/model-list.ts';
import { type Choices, makePlan } from '../../operations/onboard/plan.ts';
import { choiceOf, knownProviders, ollama, type ProviderChoice } from '../../operations/onboard/providers.ts';
import { tryModel } from '../../operations/onboard/try-model.ts';
import { keysToSave } from './keys.ts';
import type { Decision, Situation } from './setup.ts';

/** Throws CONFIG_DIFFERS where the configuration says otherwise and nobody said --force, and MODEL_* where the model that is to be tested fails. */
export async function decide(situation: Situation): Promise<Decision> {
  const { context, options, present, document, given } = situation;
  const isOpen = given.model === undefined && valueAt(document, ['agents', 'defaults', 'model']) === undefined;
  const choices: Choices = isOpen ? { ...given, ...(await offeredModel(situation)) } : given;
  const plan = await makePlan(present, choices, { file: context.paths.config, env: context.env });
  const conflicts = plan.changes.filter((change) => change.op === 'replace');
  if (conflicts.length > 0 && !options.force) {
    const findings = conflicts.map(({ path, before, after }) => ({
      path,
      value: JSON.stringify(before),
      expected: `${JSON.stringify(after)}, as the options say`,
    }));
    throw new GatewayError('CONFIG_DIFFERS', {
      details: { path: context.paths.config, findings },
    });
  }
  const trial = options.testModel ? await tryModel(plan.config, context.env) : undefined;
  return {
    plan,
    installService: options.installDaemon === true,
    saveKeys: options.saveKeys ? await keysToSave(situation, plan) : [],
    open: options.open === true,
    ...(trial && { trial }),
    ...(given.channel && { channel: given.channel.service }),
  };
}

/** The first model that a provider with a key in the environment offers, or Ollama; none where there is neither. */
async function offeredModel({ context }: Situation): Promise<Pick<Choices, 'model' | 'provider'>> {
  const note = (line: string) => void (context.out.json || context.out.note(line));
  for (const provider of knownProviders(context.env).filter(({ keyVariable }) => context.env[keyVariable])) {
    const list = await listModels(provider, context.env);
    if ('models' in list) {
      const model = `${provider.name}/${preferred(list.models, provider.prefers)}`;
      note(`${provider.keyVariable} is set, so ${model} answers; --model takes another.`);
      return { model, provider: choiceOf(provider) };
    }
    note(
      `${provider.keyVariable} is set, but ${provider.label} could not be asked for its models: ${list.problem}. Name one with --model.`,
    );
  }
  const local: ProviderChoice = ollama(context.env);
  const list = await listModels(local, context.env);
  if ('models' in list) {
    const model = `${local.name}/${preferred(list.models)}`;
    note(`Ollama runs here, so ${model} answers; --model takes another.`);
    return { model, provider: local };
  }
  note('No key of a model provider is in the environment and no Ollama runs here, so the built-in echo answers; --model takes another.');
  return {};
}
