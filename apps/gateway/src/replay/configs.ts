/** The configurations of a recording, as the pipeline reads them. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import { readConfig } from '../config/read.ts';
import { MASK } from '../config/secrets.ts';
import type { Change, ConfigDocument, RecordedConfig } from './job.ts';
import { NO_ENVIRONMENT } from './no-environment.ts';

export type InForce = { readonly config: Config; readonly hash: string };

/** In place of a masked secret: as long as any must be. Nothing that is decided again depends on it. */
const STAND_IN = '*'.repeat(64);

const MOST_PRIORITY = 1000;

/** A configuration of which only what is written is known: its secrets are masked and its variables are not replaced. */
export function readDocument(document: ConfigDocument): Config {
  const text = JSON.stringify(document, (_, value: unknown) => (value === MASK ? STAND_IN : value));
  return readConfig(text, { env: NO_ENVIRONMENT, allowMissingVariables: true }).config;
}

export class RecordedConfigs {
  readonly #recorded: readonly RecordedConfig[];
  readonly #read = new Map<string, Config | undefined>();

  /** `recorded` in the order of their positions. */
  constructor(recorded: readonly RecordedConfig[]) {
    this.#recorded = recorded;
  }

  /** What was in force at a position; a hash that an event names is surer than the position. `undefined` where the log does not have it. */
  at(position: number, hash?: string): InForce | undefined {
    const before = this.#recorded.filter((config) => config.position <= position);
    const found = (hash !== undefined && before.findLast((config) => config.hash === hash && config.document)) || before.at(-1);
    if (!found || (hash !== undefined && found.hash !== hash)) return undefined;
    const config = this.#config(found);
    return config && { config, hash: found.hash };
  }

  #config({ hash, document }: RecordedConfig): Config | undefined {
    if (!document) return undefined;
    if (!this.#read.has(hash)) this.#read.set(hash, readDocument(document));
    return this.#read.get(hash);
  }
}

/** The configuration with what a replay changes of it, for all its agents. */
export function withChange(config: Config, { agentId, systemPrompt, model, tools, rule }: Change): Config {
  const over = {
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(model !== undefined && { model }),
    ...(tools !== undefined && { tools: [...tools] }),
  };
  const { defaults, entries } = config.agents;
  const changed = Object.fromEntries(Object.entries(entries).map(([id, entry]) => [id, { ...entry, ...over }]));
  const everything = agentId === undefined ? [] : [{ agentId, match: {}, priority: MOST_PRIORITY, messagePriority: 'normal' as const }];
  return {
    ...config,
    bindings: [...everything, ...ruled(config.bindings, rule)],
    agents: { defaults: { ...defaults, ...over }, entries: changed },
  };
}

/** An earlier configuration may not have the rule that is replaced: there it is added. */
function ruled(bindings: Config['bindings'], rule: Change['rule']): Config['bindings'] {
  if (!rule) return bindings;
  const { binding, replace = bindings.length } = rule;
  return replace < bindings.length ? bindings.with(replace, binding) : [...bindings, binding];
}

export function withoutConfig(position: number): GatewayError {
  return new GatewayError('RECORDING_INCOMPLETE', {
    message: `The log does not have the configuration that was in force at position ${position}.`,
    details: { position, remedy: 'Give the configuration of that time with --config.' },
  });
}
