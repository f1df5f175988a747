// A host in a process of its own, with its server, that stops the job system itself at a SIGTERM.
import type { JobsConfig } from '@phraseworks/jobs';
import { openLiveSite } from './live-site.ts';
import { work } from './work-plugin.ts';

interface Settings extends JobsConfig {
  /** Milliseconds that running jobs are given then. */
  drain?: number;
}

const { drain = 30_000, ...settings } = JSON.parse(process.argv[2] ?? '') as Settings;
const opening = openLiveSite({ logLevel: 'info', ...settings, plugins: { work: { use: work } } });
// Before it is open: jobs may run, and the test may send the signal, as soon as its worker has started.
process.once('SIGTERM', async () => {
  await (await opening).jobs.stop({ timeout: drain });
  process.exit(0);
});
process.stdout.write(`ready ${(await opening).url}\n`);
