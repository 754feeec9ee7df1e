/**
 * Writes the parts of the documentation that the code already says: errors, events, configuration (in Chinese, too) and its JSON Schema, what the
 * doctor finds, dependencies; and which tests show what each key of the configuration does.
 * `--check` writes nothing and fails when a file is not what it would be. `--accept-schemas` puts the present schemas of
 * all events on record: right for a new version, wrong for a changed one that was released.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EVENTS } from '@openclaw-gateway/events';
import { z } from 'zod';
import { configJsonSchema } from '../apps/gateway/src/config/json-schema.ts';
import { configurationPage } from './docs/configuration.ts';
import { configurationTestsPage } from './docs/configuration-tests.ts';
import { chineseConfigurationPage } from './docs/configuration-zh.ts';
import { dependenciesPage } from './docs/dependencies.ts';
import { doctorPage } from './docs/doctor.ts';
import { errorsPage } from './docs/errors.ts';
import { eventsPage } from './docs/events.ts';
import { metricsPage } from './docs/metrics.ts';
import { queryLanguagePage } from './docs/query-language.ts';

const root = join(import.meta.dirname, '..');
const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, 'accept-schemas': { type: 'boolean' } } });

const problems: string[] = [];
const pages: Record<string, string> = {
  'docs/errors.md': errorsPage(),
  'docs/events.md': await eventsPage(root),
  'docs/configuration.md': configurationPage(),
  'docs/zh-CN/configuration.md': chineseConfigurationPage(problems),
  'docs/configuration-tests.md': await configurationTestsPage(root, problems),
  'docs/openclaw.schema.json': `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
  'docs/metrics.md': metricsPage(),
  'docs/doctor.md': doctorPage(),
  'docs/query-language.md': queryLanguagePage(),
  'docs/dependencies.md': await dependenciesPage(root, problems),
};
if (options['accept-schemas']) pages['packages/events/fixtures/schemas.json'] = schemasOnRecord();

for (const [path, content] of Object.entries(pages)) {
  const before = await readFile(join(root, path), 'utf8').catch(() => undefined);
  if (before === content) continue;
  if (options.check) problems.push(`${path} is out of date: run \`npm run docs\` and commit it.`);
  else {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), content);
    console.log(`${path} written`);
  }
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function schemasOnRecord(): string {
  const hashes = EVENTS.map(({ type, version, schema }) => [
    `${type}.v${version}`,
    createHash('sha256')
      .update(JSON.stringify(z.toJSONSchema(schema, { io: 'output' })))
      .digest('hex')
      .slice(0, 16),
  ]);
  return `${JSON.stringify(Object.fromEntries(hashes.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))), null, 2)}\n`;
}
