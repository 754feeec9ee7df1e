/** From what was chosen to the file that will be written, and what differs in it from the present one. */
import { compare, restartNeeded } from '../../config/changes.ts';
import type { Config, ConfigChange } from '../../config/index.ts';
import { loadConfig } from '../../config/load.ts';
import { formatPath } from '../../config/path.ts';
import { readDocument } from '../../config/read.ts';
import type { ChosenChannel } from './chat-services.ts';
import { mergedText, newText } from './config-text.ts';
import type { ProviderChoice } from './providers.ts';

/** What was chosen. What is left out stays as it is. */
export type Choices = {
  /** As "provider/model". */
  readonly model?: string;
  readonly provider?: ProviderChoice;
  readonly host?: string;
  readonly port?: number;
  readonly channel?: ChosenChannel;
};

export type Setting = { readonly path: string; readonly value: unknown };

export type Plan = {
  readonly text: string;
  /** Whether there is no file yet. */
  readonly isNew: boolean;
  /** What differs from the present file; `replace` where that says otherwise. Secrets are masked. */
  readonly changes: readonly ConfigChange[];
  readonly restartNeeded: readonly string[];
  /** What the file will say. */
  readonly document: unknown;
  /** What it will mean. */
  readonly config: Config;
};

/**
 * The file as it will be. `present` is the text of the one that is there. Throws CONFIG_SYNTAX and CONFIG_INVALID: of the present
 * file when that is wrong, or of what was chosen.
 */
export async function makePlan(
  present: string | undefined,
  choices: Choices,
  options: { readonly file: string; readonly env: NodeJS.ProcessEnv },
): Promise<Plan> {
  const isNew = present === undefined || present.trim() === '';
  const settings = settingsOf(choices);
  const text = isNew ? newText(settings) : mergedText(present, settings, options.file);
  // What the present file takes from the environment may be set only where the gateway is started.
  const { config, document } = await loadConfig(text, { env: options.env, allowMissingVariables: true });
  const before = readDocument(present ?? '').value;
  return { text, isNew, document, config, changes: compare(before, document), restartNeeded: restartNeeded(before, document) };
}

/** The keys that the choices set, each on its own. */
function settingsOf({ model, provider, host, port, channel }: Choices): Setting[] {
  const settings: Setting[] = [];
  const set = (path: string, value: unknown) => {
    if (value !== undefined) settings.push({ path, value });
  };
  set('gateway.network.host', host);
  set('gateway.network.port', port);
  if (provider) {
    const at = (key: string) => formatPath(['models', 'providers', provider.name, key]);
    set(at('api'), provider.api);
    set(at('baseUrl'), provider.baseUrl);
    set(at('apiKey'), provider.keyVariable && reference(provider.keyVariable));
  }
  set('agents.defaults.model', model);
  if (channel) {
    const { service, variables, allowFrom } = channel;
    for (const [key, variable] of Object.entries(variables)) set(`channels.${service}.${key}`, reference(variable));
    if (allowFrom.length > 0) set(`channels.${service}.allowFrom`, allowFrom);
  }
  return settings;
}

/** How the configuration names an environment variable. */
const reference = (variable: string) => `\${${variable}}`;
