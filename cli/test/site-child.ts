// A site in a process of its own, as `npm start` runs it.
import type { JobsConfig } from '@phraseworks/jobs';
import signIn from '@phraseworks/plugin-sign-in';
import { work } from '../../test/support/work-plugin.ts';
import { startServer } from '../src/start.ts';

interface Settings extends JobsConfig {
  /** Without `authorize`: only who signs in is let in. */
  closed?: boolean;
}

const say = (word: string, what: string): void => void process.stdout.write(`${word} ${what}\n`);
const { closed, ...settings } = JSON.parse(process.argv[2] ?? '') as Settings;

await startServer({
  config: {
    ...settings,
    ...(closed ? {} : { authorize: () => true }),
    plugins: { work: { use: work }, 'sign-in': closed ? { use: signIn } : false },
  },
  baseDir: import.meta.dirname,
  onStarted: async ({ url }) => say('ready', url),
});
