import { defineConfig } from 'vitest/config';

const everywhere = ['packages/**', 'apps/**', 'scripts/**', 'bench/**', 'e2e/**'];
const never = ['**/node_modules/**', '**/.next/**', '**/out/**', '**/dist/**'];
const suffixed = ['**/*.db.test.{ts,tsx}', '**/*.e2e.test.ts'];

/** `unit` is pure, `db` has real files, sockets and workers, `e2e` starts the built product as a process. */
export default defineConfig({
  test: {
    allowOnly: false,
    passWithNoTests: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: everywhere.map((folder) => `${folder}/*.test.{ts,tsx}`),
          exclude: [...never, ...suffixed],
          // What is pure leaves nothing behind, so that no file needs a world of its own; loading one took two thirds of the time.
          isolate: false,
          // A property over many histories takes its time on a busy machine.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'db',
          include: everywhere.map((folder) => `${folder}/*.db.test.{ts,tsx}`),
          exclude: never,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          // Real processes and disks share two cores: more workers only make each other late.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.test.ts'],
          exclude: never,
          testTimeout: 300_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
