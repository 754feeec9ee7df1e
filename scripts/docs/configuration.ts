import { type ConfigKey, configKeys } from '../../apps/gateway/src/config/index.ts';
import { code, generated, table } from './markdown.ts';

/** What the page says in a language. */
export type ConfigurationWords = {
  readonly title: string;
  readonly introduction: string;
  /** The files that the page is written from, as the end of "written from …". */
  readonly source: string;
  /** Key, value, default, meaning, when it takes effect. */
  readonly header: readonly string[];
  readonly reload: Readonly<Record<ConfigKey['reload'], string>>;
  readonly description: (key: ConfigKey) => string;
  readonly expected: (key: ConfigKey) => string;
};

const ENGLISH: ConfigurationWords = {
  title: 'Configuration',
  introduction: [
    'The configuration is `~/.openclaw/openclaw.json` (or `OPENCLAW_CONFIG_PATH`), written in JSON5. Every key may be left out. How to work with it:',
    '[configuration-guide.md](configuration-guide.md). The same for editors: [openclaw.schema.json](openclaw.schema.json). 中文：[配置参考](zh-CN/configuration.md).',
    '',
    '- `*` stands for a name of your choice, `[]` for each item of a list.',
    `- \`"\${NAME}"\` takes a value from the environment. A secret may also be in a file: \`{ file: "/run/secrets/name" }\`.`,
    '- *Takes effect*: `hot` as soon as the file is saved, `restart` when the gateway is started again.',
    '- A file with a mistake is refused as a whole, and the last good one stays in force.',
    '- 🔑 marks a secret: it is never shown, logged or exported.',
  ].join('\n'),
  source: '`apps/gateway/src/config/schema`',
  header: ['Key', 'Value', 'Default', 'Meaning', 'Takes effect'],
  reload: { hot: 'hot', restart: 'restart' },
  description: ({ description }) => description,
  expected: ({ expected }) => expected,
};

/** Every key of openclaw.json, block by block: docs/configuration.md, or the same in other words. */
export function configurationPage(words = ENGLISH): string {
  const blocks = Map.groupBy(configKeys(), ({ path }) => path.split('.')[0] ?? '');
  const sections = [...blocks].map(([block, keys]) => `## ${block}\n\n${block === 'gateway' ? parts(keys, words) : rows(keys, words)}`);
  return `${generated(words.title, words.introduction, words.source)}\n${sections.join('\n\n')}\n`;
}

/** A block with many keys, part by part. */
function parts(keys: readonly ConfigKey[], words: ConfigurationWords): string {
  const grouped = Map.groupBy(keys, ({ path }) => path.split('.').slice(0, 2).join('.'));
  return [...grouped].map(([part, own]) => `### ${part}\n\n${rows(own, words)}`).join('\n\n');
}

function rows(keys: readonly ConfigKey[], words: ConfigurationWords): string {
  const cells = keys.map((key) => [
    code(key.path),
    key.secret ? `${words.expected(key)} 🔑` : words.expected(key),
    key.default === undefined ? '' : code(JSON.stringify(key.default)),
    words.description(key),
    words.reload[key.reload],
  ]);
  return table(words.header, cells);
}
