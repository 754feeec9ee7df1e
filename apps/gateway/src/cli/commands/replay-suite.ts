import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newId, toGatewayError } from '@openclaw-gateway/events';
import { createModels } from '../../models/index.ts';
import { ChangesFile, removeChanges } from '../../replays/changes-file.ts';
import { collected } from '../../replays/collected.ts';
import { Replays } from '../../replays/index.ts';
import { outcomeOf } from '../../replays/outcome.ts';
import { perform } from '../../replays/perform.ts';
import { createTools } from '../../tools/index.ts';
import { TOOLS } from '../../tools/manifest.ts';
import type { Context } from '../context.ts';
import { paint, plain } from '../output.ts';
import { withStore } from '../stopped-store.ts';

type Result = {
  readonly name: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly found?: string;
  readonly problem?: string;
};

const EXIT_FAILED = 1;

/** Runs every kept case again. Exit code 1 when one does not come out as it did when it was kept. */
export async function replaySuite(context: Context, { only }: { readonly only?: string }): Promise<number> {
  const { dir, databases } = context.paths;
  const models = createModels((await context.config()).config.models, { env: context.env });
  const names = TOOLS.map((tool) => tool.name);
  const tools = createTools({ allow: names, deny: [] })
    .known(names)
    .map(({ spec, policy, risk }) => ({ ...spec, policy, risk }));
  const folder = join(dir, 'replays');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const results = await withStore(context, async (store) => {
    const reader = { ...store, log: store.log, views: store.views, waitForViews: async () => undefined };
    const kept = await new Replays({ stateDir: dir, store: reader, tools: () => tools, models }).cases();
    const chosen = kept.filter(({ name }) => only === undefined || name === only);
    const results: Result[] = [];
    for (const { name, order, digest } of chosen) {
      const scratch = newId('replay');
      await using changes = new ChangesFile(folder, scratch);
      try {
        const found = await collected(reader, folder, order.source);
        const signal = new AbortController().signal;
        const report = await perform(order, found, {
          store: reader,
          tools,
          models,
          databases,
          changes,
          signal,
          onProgress: () => undefined,
        });
        const { digest: now = '' } = outcomeOf(report);
        results.push({ name, passed: now === digest, expected: digest, found: now });
      } catch (thrown) {
        const { code, message } = toGatewayError(thrown);
        results.push({ name, passed: false, expected: digest, problem: `${code}: ${message}` });
      } finally {
        await removeChanges(folder, scratch);
      }
    }
    return results;
  });
  const passed = results.filter((result) => result.passed).length;
  context.out.result({ passed, failed: results.length - passed, results }, () => describe(results, passed));
  return passed === results.length ? 0 : EXIT_FAILED;
}

function describe(results: readonly Result[], passed: number): string[] {
  if (results.length === 0) return ['No case is kept. The page Replay of the dashboard keeps a run as one.'];
  return [
    ...results.map(({ name, passed: isWell, problem, expected, found = '' }) => {
      const why = problem === undefined ? `came out as ${found.slice(0, 12)}, not as ${expected.slice(0, 12)}` : plain(problem);
      return isWell ? `${paint('green', 'passed')}  ${name}` : `${paint('red', 'failed')}  ${name}  ${why}`;
    }),
    `${passed} of ${results.length} cases came out as they were kept.`,
  ];
}
