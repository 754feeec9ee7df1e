import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Import, readImports } from './graph.ts';

const ENTRY = 'apps/gateway/src/replay/replay.worker.ts';
/** Adapters and doors (but for the table of roles), databases, and what reads files, starts programs or speaks to others. `node:net` tells addresses apart, and is closed before it can do more. */
const EFFECTS =
  /^apps\/gateway\/src\/((channels|models)\/|tools\/(?!policy\.ts)|(http|ws|trpc|cli)\/|access\/(?!roles\.ts)|gateway\.ts)|^npm:(?!zod$)|^node:(fs|fs\/promises|http|https|http2|tls|child_process|worker_threads|cluster)$/;

/** Everything that the program loads that begins with this file. */
function reachable(imports: readonly Import[], entry: string): Set<string> {
  const seen = new Set([entry]);
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    for (const { from, to, typeOnly } of imports) {
      if (from !== file || typeOnly || seen.has(to)) continue;
      seen.add(to);
      waiting.push(to);
    }
  }
  return seen;
}

test('B16 the process of a replay loads no channel, model, tool, door or database, however far its imports reach', async () => {
  const imports = await readImports(join(import.meta.dirname, '../..'), ['packages', 'apps/gateway']);
  const loaded = reachable(imports, ENTRY);
  expect([...loaded]).toContain('apps/gateway/src/pipeline/run.ts');
  expect([...loaded].filter((file) => EFFECTS.test(file))).toEqual([]);
});
