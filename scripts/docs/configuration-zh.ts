/** docs/zh-CN/configuration.md: the reference of the configuration in Chinese, from the same keys and the catalog beside this file. */
import { type ConfigKey, configKeys } from '../../apps/gateway/src/config/index.ts';
import { type ConfigurationWords, configurationPage } from './configuration.ts';
import catalog from './configuration-zh.json' with { type: 'json' };

export type Catalog = { readonly descriptions: Readonly<Record<string, string>>; readonly values: Readonly<Record<string, string>> };

const CATALOG = 'scripts/docs/configuration-zh.json';

const INTRODUCTION = [
  '配置文件是 `~/.openclaw/openclaw.json`（或 `OPENCLAW_CONFIG_PATH` 指定的文件），用 JSON5 书写。每个键都可以省略。怎样修改和回退：',
  '[configuration-guide.md](../configuration-guide.md)。供编辑器使用的版本：[openclaw.schema.json](../openclaw.schema.json)。英文版：[configuration.md](../configuration.md)。',
  '',
  '- `*` 代表你自己取的名字，`[]` 代表列表里的每一项。',
  `- \`"\${NAME}"\` 从环境变量取值。密钥也可以放在文件里：\`{ file: "/run/secrets/name" }\`。`,
  '- “生效”一栏：`热更新` 表示保存文件后立即生效，`重启` 表示网关下次启动时生效。',
  '- 文件只要有一处错误就整个不采用，继续使用上一份正确的配置。',
  '- 🔑 表示密钥：从不显示，不写入日志，也不导出。',
].join('\n');

/** The page. Appends to `problems` what the catalog lacks and what it has too much. */
export function chineseConfigurationPage(problems: string[]): string {
  problems.push(...catalogProblems(catalog, configKeys()));
  return configurationPage(wordsOf(catalog));
}

/** A line for each key and value that has no Chinese, and for each Chinese text that is of none. */
export function catalogProblems({ descriptions, values }: Catalog, keys: readonly Pick<ConfigKey, 'path' | 'expected'>[]): string[] {
  const paths = new Set(keys.map(({ path }) => path));
  const phrases = new Set(keys.map(({ expected }) => expected).filter((expected) => byPattern(expected) === undefined));
  return [
    ...[...paths].filter((path) => !descriptions[path]).map((path) => `${path} has no Chinese description: add it to ${CATALOG}.`),
    ...Object.keys(descriptions)
      .filter((path) => !paths.has(path))
      .map((path) => `${path} in ${CATALOG} is no key of the configuration: take it out.`),
    ...[...phrases].filter((phrase) => !values[phrase]).map((phrase) => `The value '${phrase}' has no Chinese: add it to ${CATALOG}.`),
    ...Object.keys(values)
      .filter((phrase) => !phrases.has(phrase))
      .map((phrase) => `The value '${phrase}' in ${CATALOG} is that of no key: take it out.`),
  ];
}

function wordsOf({ descriptions, values }: Catalog): ConfigurationWords {
  return {
    title: '配置参考',
    introduction: INTRODUCTION,
    source: `\`apps/gateway/src/config/schema\` and \`${CATALOG}\``,
    header: ['键', '值', '默认值', '含义', '生效'],
    reload: { hot: '热更新', restart: '重启' },
    description: ({ path }) => descriptions[path] ?? '',
    expected: ({ expected }) => byPattern(expected) ?? values[expected] ?? '',
  };
}

/** The Chinese of ranges and of choices; `undefined` for every other phrase. */
function byPattern(expected: string): string | undefined {
  const [, kind, from, to] = /^a (whole number|number) from (\S+) to (\S+)$/.exec(expected) ?? [];
  if (kind) return `${from} 到 ${to} 的${kind === 'number' ? '数' : '整数'}`;
  if (/^"[^"]*"(, "[^"]*")* or "[^"]*"$/.test(expected)) return expected.replaceAll('", "', '"、"').replace('" or "', '" 或 "');
  return undefined;
}
