import { configKeys } from '../../apps/gateway/src/config/index.ts';
import { code, generated, table } from './markdown.ts';

/** docs/configuration.md: every key of openclaw.json. */
export function configurationPage(): string {
  const introduction = [
    'The configuration is `~/.openclaw/openclaw.json` (or `OPENCLAW_CONFIG_PATH`), written in JSON5.',
    `Every key may be left out; "\${NAME}" takes a value from the environment. \`*\` stands for a name of your choice, \`[]\` for each item of a list. *Takes effect*: \`hot\` as soon as the file`,
    'is saved, `restart` when the gateway is started again. A file with a mistake is refused as a whole and the last good one stays in force.',
  ].join('\n');
  const blocks = Map.groupBy(configKeys(), ({ path }) => path.split('.')[0] ?? '');
  const sections = [...blocks].map(([block, keys]) => {
    const rows = keys.map(({ path, expected, default: fallback, description, secret, reload }) => [
      code(path),
      secret ? `${expected} 🔑` : expected,
      fallback === undefined ? '' : code(JSON.stringify(fallback)),
      description,
      reload,
    ]);
    return `## ${block}\n\n${table(['Key', 'Value', 'Default', 'Meaning', 'Takes effect'], rows)}`;
  });
  return `${generated('Configuration', introduction, '`apps/gateway/src/config/schema`')}\n🔑 marks a secret: it is never shown, logged or exported.\n\n${sections.join('\n\n')}\n`;
}
