// The backup plugin: what it registers. Libraries load with the first backup.
import { DatabasePlace, definePlugin, lazy, optional, Storage } from '@phraseworks/sdk';
import { clientCheck } from './client-check.ts';
import { commandsOf } from './commands.ts';
import { BackupConfig } from './config.ts';
import { backupData, example, idData, summary } from './data.ts';
import { backupsPanel } from './panel.ts';
import { addRoutes } from './routes.ts';
import { figuresOf, runsTable } from './runs.ts';
import { tables } from './tables.ts';
import { targetOf } from './target.ts';
import type { Tools } from './tools.ts';
import { backupView, checkView, restoreView } from './view.ts';
import { handIsAlive } from './work.ts';

export type { BackupData, BackupId, BackupResult, CheckResult, RestoreResult } from './data.ts';
export { BackupFailure, type FailureCode } from './failure.ts';
export type { BackupType } from './manifest.ts';

const VERSION = '0.1.0';

/**
 * A backup occupies a disk and a connection for minutes, so one of these types runs at a time, over all processes. A request for the same
 * once more while one waits or runs gets that one.
 */
const SLOWLY = {
  timeout: 600_000,
  maxRetries: 1,
  retryDelay: 60_000,
  limit: 'backup',
  access: 'administer',
  key: ['id'],
  unique: { while: 'active' },
} as const;

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    backup: typeof BackupConfig;
  }
}

// A separate constant: inside `export default`, TypeScript does not rewrite the `.ts` of import() for the built package.
const backup = definePlugin({
  name: 'backup',
  version: VERSION,
  title: 'Backups',
  description: 'Backs up databases and files, and proves each backup by restoring it.',
  author: 'PhraseWorks',
  sdk: '^0.1.0',
  config: BackupConfig,
  // What a backup holds, and who can read it: changing settings over HTTP must not be enough to get or lose a copy of everything.
  fileOnly: ['own', 'databases', 'verify', 'files', 'passphrase', 'recipients', 'identity', 'optional'],
  needs: { place: optional(DatabasePlace), storage: Storage },
  tables,
  init(ctx) {
    const { config, clock, log } = ctx;
    const isAlive = async (owner: string): Promise<boolean> => {
      const [kind, id = '', attempt] = owner.split('/');
      if (kind === 'hand') return handIsAlive(owner);
      const job = kind === 'job' ? await ctx.getJobStatus(id) : null;
      return job?.status === 'processing' && String(job.attempt) === attempt;
    };
    const tools: Tools = {
      config,
      clock,
      log,
      runs: runsTable(ctx.db),
      place: ctx.needs.place ?? null,
      storage: ctx.needs.storage,
      ...targetOf(ctx.needs.storage),
      version: VERSION,
      isAlive,
    };

    ctx.defineLimit('backup', { concurrency: 1 });
    ctx.registerProcessor(
      'backup',
      lazy(async () => ({ default: (await import('./processor.ts')).backupProcessor(tools) })),
      {
        ...SLOWLY,
        key: ['type'],
        data: backupData(config),
        summary,
        view: backupView(ctx.name, tools),
        example,
      },
    );
    ctx.registerProcessor(
      'backup_verify',
      lazy(async () => ({ default: (await import('./processor.ts')).verifyProcessor(tools) })),
      {
        ...SLOWLY,
        data: idData,
        summary: ({ id }) => id,
        view: checkView(ctx.name, tools),
        example: { id: '1f0c9a7b3e' },
      },
    );
    ctx.registerProcessor(
      'backup_restore',
      lazy(async () => ({ default: (await import('./processor.ts')).restoreProcessor(tools) })),
      {
        ...SLOWLY,
        maxRetries: 0,
        data: idData,
        summary: ({ id }) => id,
        view: restoreView,
        example: { id: '1f0c9a7b3e' },
      },
    );

    addRoutes(ctx.routes, ctx, tools);
    const clientNotes = clientCheck(tools, ctx.signal);
    // In the background, so that an unreachable server does not delay the start.
    ctx.onReady(() => void clientNotes().catch(() => {}));
    ctx.panel(backupsPanel(ctx.name, tools, clientNotes));
    for (const command of commandsOf(tools)) ctx.command(command);
    ctx.addFilter('report:figures', async (figures, span) => [
      ...figures,
      ...figuresOf(await tools.runs.between(span.from, span.to), span),
    ]);
  },
});

export default backup;
