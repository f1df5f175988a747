// The plugin files: storage in folders and buckets, and files that come with jobs.
import { definePlugin, optional, Storage, Uploads } from '@phraseworks/sdk';
import { FilesConfig } from './config.ts';
import { createStorage } from './storage.ts';
import { tables } from './tables.ts';
import { UploadFiles } from './uploads.ts';

export { FilesConfig } from './config.ts';

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    files: typeof FilesConfig;
  }
}

/** Milliseconds until the first sweep, since a site that restarts often must be swept, too; and between two sweeps. */
const FIRST_SWEEP = 60_000;
const SWEEP_INTERVAL = 3_600_000;
/** Milliseconds: deleting jobs waits for the removal of their files, which may be in a bucket. */
const REMOVAL = 120_000;

// A constant, because TypeScript does not rewrite import() specifiers inside `export default`.
const files = definePlugin({
  name: 'files',
  version: '0.1.0',
  title: 'Files',
  description: 'Files that come with jobs, and storage in folders and S3-compatible buckets.',
  author: 'PhraseWorks',
  sdk: '^0.1.0',
  config: FilesConfig,
  fileOnly: ['storage', 'uploads'],
  needs: { lent: optional(Storage) },
  provides: [Storage, Uploads],
  tables,
  init(ctx) {
    const { clock, config, log } = ctx;
    // A storage of the host is used for uploads, too.
    const storage = ctx.needs.lent ?? createStorage(config.storage, clock);
    const uploads = new UploadFiles(storage.open('uploads'), config.uploads, ctx);
    ctx.provide(Storage, storage);
    ctx.provide(Uploads, uploads);
    ctx.joinAdditions(uploads);
    ctx.addAction('jobs:removed', ({ jobIds }) => uploads.removeForJobs(jobIds), { timeout: REMOVAL });
    const sweepIn = (ms: number): void => {
      clock.after(ms, async () => {
        await uploads
          .sweep()
          .catch((error: Error) => log.error(`Cannot look for files without jobs: ${error.message}`));
        if (!ctx.signal.aborted) sweepIn(SWEEP_INTERVAL);
      });
    };
    sweepIn(FIRST_SWEEP);
  },
});
export default files;
