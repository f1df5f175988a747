// `npm run test:cluster`: apart from the other tests, since it takes minutes and three database servers.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['@phraseworks/source', 'module', 'node', 'development|production'] } },
  test: {
    include: ['test/cluster/**/*.test.ts'],
    reporters: ['default', fileURLToPath(new URL('../../scripts/skipped.ts', import.meta.url))],
    pool: 'forks',
  },
});
