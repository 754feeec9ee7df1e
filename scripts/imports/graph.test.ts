import { describe, expect, it } from 'vitest';
import { cycles, type Import, importsOf, violations } from './graph.ts';
import { RULES } from './rules.ts';

const rulesBrokenBy = (from: string, source: string) =>
  violations(importsOf(from, source), RULES).map((text) => /\n +([\w-]+):/.exec(text)?.[1]);

describe('the imports of a file', () => {
  it('are found in every form, types told from code', () => {
    const source = `
      import type { A } from './a.ts';
      import { type B } from './b.ts';
      import { type C, d } from './c.ts';
      import './effect.ts';
      export type { E } from '../e.ts';
      export * from './f.ts';
      await using held = await import('./g.ts');
      import fs from 'fs';
      import { z } from 'zod';
      import { newId } from '@openclaw-gateway/events/ids';
      // import './comment.ts'
    `;
    const found = importsOf('apps/gateway/src/x.ts', source).map(
      ({ to, typeOnly }) => `${typeOnly ? 'type ' : ''}${to.replace('apps/gateway/src/', '')}`,
    );
    expect(found.toSorted()).toEqual(
      [
        'type a.ts',
        'type b.ts',
        'c.ts',
        'effect.ts',
        'type apps/gateway/e.ts',
        'f.ts',
        'g.ts',
        'node:fs',
        'npm:zod',
        'packages/events/src/ids.ts',
      ].toSorted(),
    );
  });
});

describe('the rules', () => {
  it.each([
    ['packages/events/src/ids.ts', "import { readFileSync } from 'node:fs'", 'events-imports-nothing'],
    ['packages/db/src/log.ts', "import type { Inbound } from '@openclaw-gateway/sdk'", 'db-imports-events-only'],
    ['packages/sdk/src/tool.ts', "import { openStore } from '@openclaw-gateway/db'", 'sdk-imports-events-only'],
    ['apps/dashboard/data/trpc.ts', "import { appRouter } from 'openclaw/trpc'", 'dashboard-takes-types-only'],
    ['apps/dashboard/data/trpc.ts', "import type { Store } from '@openclaw-gateway/db'", 'dashboard-knows-the-router-only'],
    ['apps/gateway/src/http/x.ts', "import { frames } from '../ws/frames.ts'", 'door-http-alone'],
    ['apps/gateway/src/trpc/x.ts', "import echo from '../models/echo/index.ts'", 'doors-know-no-adapter'],
    ['apps/gateway/src/pipeline/run.ts', "import type { X } from '../http/errors.ts'", 'pipeline-knows-no-door-and-no-adapter'],
    ['apps/gateway/src/cli/x.ts', "await import('../pipeline/index.ts')", 'cli-not-pipeline'],
    ['apps/gateway/src/http/x.ts', "import { Lucia } from 'lucia'", 'lucia-behind-access'],
    ['apps/gateway/src/http/x.ts', "import Database from 'better-sqlite3'", 'sqlite-behind-db'],
    ['apps/gateway/src/http/x.ts', "import { fake } from '../http/testing/fake.ts'", 'product-without-tests'],
  ])('%s may not say: %s', (from, source, rule) => {
    expect(rulesBrokenBy(from, source)).toContain(rule);
  });

  it.each([
    ['apps/dashboard/data/trpc.ts', "import type { AppRouter } from 'openclaw/trpc'"],
    ['apps/gateway/src/http/index.ts', "import { registerWebSocket } from '../ws/index.ts'"],
    ['apps/gateway/src/channels/telegram/index.ts', "import { defineChannel } from '@openclaw-gateway/sdk'"],
    ['apps/gateway/src/http/x.db.test.ts', "import Database from 'better-sqlite3'"],
  ])('%s may say: %s', (from, source) => {
    expect(rulesBrokenBy(from, source)).toEqual([]);
  });
});

describe('circles', () => {
  const edge = (from: string, to: string, typeOnly = false): Import => ({ from, to, typeOnly });

  it('are found, however long', () => {
    expect(cycles([edge('a', 'b'), edge('b', 'c'), edge('c', 'a')])).toEqual([expect.stringMatching(/^a → b → c → a\n/)]);
  });

  it('of types alone are none', () => {
    expect(cycles([edge('a', 'b'), edge('b', 'a', true)])).toEqual([]);
  });
});
