// A site in a process of its own, as `npm start` runs it.
import type { JobsConfig } from '@phraseworks/jobs';
import { work } from '../../test/support/work-plugin.ts';
import { startServer } from '../src/start.ts';

const say = (word: string, what: string): void => void process.stdout.write(`${word} ${what}\n`);
const settings = JSON.parse(process.argv[2] ?? '') as JobsConfig;

await startServer({
  config: { ...settings, authorize: () => true, plugins: { work: { use: work } } },
  baseDir: import.meta.dirname,
  onStarted: async ({ url }) => say('ready', url),
});
