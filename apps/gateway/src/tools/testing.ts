import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolContext, ToolDefinition } from '@openclaw-gateway/sdk';
import { onTestFinished } from 'vitest';
import { readConfig } from '../config/read.ts';
import { createEgress, type Egress } from '../operations/egress/index.ts';
import { createBrowsers } from './browser/browsers.ts';
import { createToolHost } from './host.ts';
import { createTools, type Tools } from './index.ts';
import { builtInTools } from './manifest.ts';

export type Bench = {
  readonly tools: Tools;
  readonly definitions: readonly ToolDefinition[];
  /** The workspace of the agent `main`. */
  readonly root: string;
  /** A folder beside it that nothing may reach; `secret.txt` in it says `top secret`. */
  readonly outside: string;
  readonly run: (name: string, args: unknown, over?: Partial<ToolContext>) => Promise<Record<string, unknown>>;
};

/** The tools that come with the gateway, in a folder that is removed after the test. */
export async function toolBench(tools: object = {}, egress: Egress = createEgress({ allowed: [], blocked: [] })): Promise<Bench> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'tools-')));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const [root, outside] = [join(dir, 'workspaces/main'), join(dir, 'outside')];
  await Promise.all([mkdir(root, { recursive: true }), mkdir(outside)]);
  await writeFile(join(outside, 'secret.txt'), 'top secret');
  const { config } = readConfig(JSON.stringify({ tools }), { env: {} });
  const settings = () => config.tools;
  const browsers = createBrowsers({ settings: () => config.tools.browser, egress, folder: join(dir, 'browser') });
  onTestFinished(() => browsers.close());
  const definitions = builtInTools(createToolHost({ settings, workspacesDir: join(dir, 'workspaces'), browsers, out: egress }));
  const made = createTools({ allow: ['*'], deny: [] }, { definitions });
  const context: ToolContext = {
    agentId: 'main',
    sessionId: 'ses_1',
    runId: 'run_1',
    callId: 'call_1',
    signal: new AbortController().signal,
  };
  return {
    tools: made,
    definitions,
    root,
    outside,
    run: (name, args, over = {}) => made.run(name, args, { ...context, ...over }) as Promise<Record<string, unknown>>,
  };
}

/**
 * Makes a name of the workspace a thing inside and a link to the folder outside, or to what is in it, in turn. Returns what ends it.
 */
export function swapping({ root, outside }: Bench, name: string, file?: string): () => Promise<void> {
  const path = join(root, name);
  const clear = () => rm(path, { recursive: true, force: true });
  const inside = async () => {
    if (file !== undefined) return writeFile(path, 'inside');
    await mkdir(path);
    await writeFile(join(path, 'secret.txt'), 'top inside');
  };
  let goesOn = true;
  const swaps = (async () => {
    while (goesOn) {
      for (const make of [inside, () => symlink(join(outside, file ?? '.'), path)]) {
        // What the tools put there meanwhile is in the way.
        await clear()
          .then(make, () => undefined)
          .catch(() => undefined);
      }
    }
  })();
  return async () => {
    goesOn = false;
    await swaps;
  };
}
