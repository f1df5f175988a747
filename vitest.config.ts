// One configuration for every suite: workspaces resolve to their source, each file runs in a process of its own.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['@phraseworks/source', 'module', 'node', 'development|production'] } },
  test: {
    include: ['{sdk,core,plugins,examples,test}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    reporters: ['default', './scripts/skipped.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
