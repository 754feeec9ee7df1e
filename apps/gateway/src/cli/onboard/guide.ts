/** `openclaw onboard` on a terminal: what is there, what is to change, one look at it all, and only then is anything done. */
import { cancel, confirm, intro, log, multiselect, note, outro } from '@clack/prompts';
import { valueAt } from '../../config/path.ts';
import { CHAT_SERVICES, type ChatService, NEEDS } from '../../operations/onboard/chat-services.ts';
import { type Choices, makePlan, type Plan } from '../../operations/onboard/plan.ts';
import { shortPath } from '../output.ts';
import { carryOut } from './carry-out.ts';
import { keysToSave, serviceEnvironment } from './keys.ts';
import { answered, askAddress, askChannel, askModel, Cancelled } from './questions.ts';
import { asText, describeChanges, isComplete } from './report.ts';
import type { Decision, Situation } from './setup.ts';

type Part = 'model' | 'address' | ChatService;

const EXIT_CANCELLED = 130;

/** Asks, does and says what it did. Resolves with the exit code. */
export async function guide(situation: Situation): Promise<number> {
  intro('OpenClaw Gateway');
  // Ctrl+D closes the terminal's input and leaves the question open: nothing is left to wait for.
  const onClosed = () => {
    cancel('Nothing was changed.');
    process.exit(EXIT_CANCELLED);
  };
  process.once('beforeExit', onClosed);
  try {
    const decision = await ask(situation);
    process.off('beforeExit', onClosed);
    if (!decision) {
      outro('Nothing was changed.');
      return 0;
    }
    const outcome = await carryOut(situation, decision, (line) => log.step(line));
    outro('Done.');
    situation.context.out.result({}, () => asText(situation, decision, outcome));
    if (outcome.interrupted) return EXIT_CANCELLED;
    return isComplete(outcome) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    cancel('Nothing was changed.');
    return EXIT_CANCELLED;
  }
}

/** Undefined where the last question was answered with no. */
async function ask(situation: Situation): Promise<Decision | undefined> {
  const { context, options, present, running, given } = situation;
  const parts = await partsToAsk(situation);
  const model = given.model !== undefined ? {} : parts.has('model') ? await askModel(situation) : {};
  const address = parts.has('address') && given.host === undefined && given.port === undefined ? await askAddress(situation) : {};
  const channel = given.channel ?? (await askFor(situation, parts));
  const choices: Choices = { ...given, ...model.choices, ...address, ...(channel && { channel }) };
  const plan = await makePlan(present, choices, { file: context.paths.config, env: context.env });

  const installService = options.start && (options.installDaemon ?? (await askService()));
  const saveKeys = installService ? await askToSave(situation, plan) : [];
  const file = shortPath(context.paths.config);
  note(
    describeChanges(plan.changes).join('\n') || 'Nothing: it is as you want it.',
    plan.isNew ? `${file} will say` : `What changes in ${file}`,
  );
  const next = !options.start ? 'Write this?' : running ? 'Go on?' : 'Write this and start the gateway?';
  if (!answered(await confirm({ message: next }))) return undefined;
  return {
    plan,
    installService,
    saveKeys,
    open: options.open ?? true,
    ...(model.trial && { trial: model.trial }),
    ...(choices.channel && { channel: choices.channel.service }),
  };
}

/** All of them on the first run; later those that the person wants to change. */
async function partsToAsk({ context, present, document, running }: Situation): Promise<ReadonlySet<Part>> {
  if (present === undefined || present.trim() === '') {
    log.info(`There is no ${shortPath(context.paths.config)} yet. A few questions; nothing is written before the last one.`);
    return new Set<Part>(['model', 'address', ...offered(context.env)]);
  }
  const { config } = await context.config();
  const { host, port } = config.gateway.network;
  const channels = Object.keys(config.channels);
  note(
    [
      `Model     ${config.agents.defaults.model}${valueAt(document, ['agents', 'defaults', 'model']) === undefined ? ' (the default)' : ''}`,
      `Address   ${host}:${port}`,
      `Channels  ${channels.length > 0 ? channels.join(', ') : 'none'}`,
      `Gateway   ${running ? `runs at ${running.url} (pid ${running.pid})` : 'stopped'}`,
    ].join('\n'),
    `What ${shortPath(context.paths.config)} says`,
  );
  const chosen = await multiselect<Part>({
    message: 'What do you want to change? (Space chooses, Enter goes on)',
    options: [
      { value: 'model', label: 'The model that answers' },
      { value: 'address', label: 'Where the gateway listens' },
      ...CHAT_SERVICES.map((service) => ({ value: service, label: `Connect ${NEEDS[service].label}` })),
    ],
    required: false,
  });
  return new Set(answered(chosen));
}

/** The first that is wanted: another one is a run of its own. */
async function askFor(situation: Situation, parts: ReadonlySet<Part>): Promise<Choices['channel']> {
  for (const service of CHAT_SERVICES) {
    const chosen = parts.has(service) ? await askChannel(situation, service) : undefined;
    if (chosen) return chosen;
  }
  return undefined;
}

/** Telegram, which takes one minute to set up, and those whose secrets are there already. */
function offered(env: NodeJS.ProcessEnv): readonly ChatService[] {
  return CHAT_SERVICES.filter((service) => service === 'telegram' || NEEDS[service].secrets.every(({ variable }) => env[variable]));
}

async function askService(): Promise<boolean> {
  if (process.platform !== 'linux' && process.platform !== 'darwin') return false;
  return answered(await confirm({ message: 'Install it as a service, so that it starts with this machine?' }));
}

async function askToSave(situation: Situation, plan: Plan): Promise<readonly string[]> {
  const names = await keysToSave(situation, plan);
  if (names.length === 0 || situation.options.saveKeys) return names;
  const file = shortPath(serviceEnvironment(situation.context));
  const message = `A service does not see the variables of your shell. Keep ${names.join(' and ')} in ${file}, readable by you only?`;
  return answered(await confirm({ message })) ? names : [];
}
