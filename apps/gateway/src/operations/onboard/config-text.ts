/** The text of the configuration file: a new one with its explanations, or the present one with some keys set. Pure. */
import { parseJson5, toValue } from '../../config/json5.ts';
import { renderMember } from '../../config/json5-style.ts';
import { changeText } from '../../config/stopped.ts';
import type { Setting } from './plan.ts';

const STYLE = { indent: '  ', quote: '"', bareKeys: true, newline: '\n' } as const;

type Section = { readonly key: string; readonly comment: string; readonly example: string };

const SECTIONS: readonly Section[] = [
  {
    key: 'gateway',
    comment: 'Where it listens. Only this machine reaches 127.0.0.1; behind 0.0.0.0 it is open to the network.',
    example: 'gateway: { network: { host: "127.0.0.1", port: 18789 } }',
  },
  {
    key: 'models',
    comment: 'How models are reached. Keys stay in the environment of the gateway.',
    example: 'models: { providers: { ollama: { api: "openai-completions", baseUrl: "http://127.0.0.1:11434/v1" } } }',
  },
  {
    key: 'agents',
    comment: 'Who answers, as "provider/model". The agent has no tools until `agents.defaults.tools` names some.',
    example: 'agents: { defaults: { model: "echo/echo", tools: ["clock.now"] } }',
  },
  {
    key: 'channels',
    comment: 'Chat services. Nobody may write until `allowFrom` names them.',
    example: `channels: { telegram: { botToken: "\${TELEGRAM_BOT_TOKEN}", allowFrom: ["<your numeric id>"] } }`,
  },
];

const HEADER = `// The configuration of OpenClaw Gateway, begun by \`openclaw onboard\`. It is JSON5: comments and trailing commas are welcome,
// and "\${NAME}" stands for an environment variable. A running gateway takes up changes. All keys: docs/configuration.md.
`;

/** A new file. What was not chosen is there as a comment. */
export function newText(settings: readonly Setting[]): string {
  const chosen = asObject(settings);
  const sections = SECTIONS.map(({ key, comment, example }) => {
    const value = chosen[key];
    const body = value === undefined ? `// ${example},` : `${renderMember(key, value, STYLE, '  ')},`;
    return `  // ${comment}\n  ${body}\n`;
  });
  return `${HEADER}{\n${sections.join('\n')}}\n`;
}

/** The present text with the settings made; all else, comments included, stays letter by letter. Throws CONFIG_SYNTAX, CONFIG_INVALID. */
export function mergedText(text: string, settings: readonly Setting[], file: string): string {
  return settings.reduce((merged, { path, value }) => changeText(merged, { op: 'set', path, value }, file), text);
}

/** The settings as one plain object. */
function asObject(settings: readonly Setting[]): Record<string, unknown> {
  return toValue(parseJson5(mergedText('{}', settings, ''))) as Record<string, unknown>;
}
