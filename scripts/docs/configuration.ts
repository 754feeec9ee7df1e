import { type ConfigKey, configKeys } from '../../apps/gateway/src/config/index.ts';
import { code, generated, table } from './markdown.ts';

/** docs/configuration.md: every key of openclaw.json. */
export function configurationPage(): string {
  const introduction = [
    'The configuration is `~/.openclaw/openclaw.json` (or `OPENCLAW_CONFIG_PATH`), written in JSON5. Every key may be left out. How to work with it:',
    '[configuration-guide.md](configuration-guide.md). The same for editors: [openclaw.schema.json](openclaw.schema.json).',
    '',
    '- `*` stands for a name of your choice, `[]` for each item of a list.',
    `- \`"\${NAME}"\` takes a value from the environment. A secret may also be in a file: \`{ file: "/run/secrets/name" }\`.`,
    '- *Takes effect*: `hot` as soon as the file is saved, `restart` when the gateway is started again.',
    '- A file with a mistake is refused as a whole, and the last good one stays in force.',
    '- 🔑 marks a secret: it is never shown, logged or exported.',
  ].join('\n');
  const blocks = Map.groupBy(configKeys(), ({ path }) => path.split('.')[0] ?? '');
  const sections = [...blocks].map(([block, keys]) => `## ${block}\n\n${block === 'gateway' ? parts(keys) : rows(keys)}`);
  return `${generated('Configuration', introduction, '`apps/gateway/src/config/schema`')}\n${sections.join('\n\n')}\n`;
}

/** A block with many keys, part by part. */
function parts(keys: readonly ConfigKey[]): string {
  const grouped = Map.groupBy(keys, ({ path }) => path.split('.').slice(0, 2).join('.'));
  return [...grouped].map(([part, own]) => `### ${part}\n\n${rows(own)}`).join('\n\n');
}

function rows(keys: readonly ConfigKey[]): string {
  const cells = keys.map(({ path, expected, default: fallback, description, secret, reload }) => [
    code(path),
    secret ? `${expected} 🔑` : expected,
    fallback === undefined ? '' : code(JSON.stringify(fallback)),
    description,
    reload,
  ]);
  return table(['Key', 'Value', 'Default', 'Meaning', 'Takes effect'], cells);
}
