// The cleanup plugin: removes old files and rows, with previews that can be run exactly.
import { DatabasePlace, definePlugin, JobLogs, lazy, optional } from '@phraseworks/sdk';
import { CleanupConfig } from './config.ts';
import { CleanupData, type CleanupResult, example, summary } from './data.ts';
import { fileSource } from './file-source.ts';
import { createLists, listSource } from './lists.ts';
import { cleanupPanel } from './panel.ts';
import { rootOf } from './root.ts';
import { addRoutes } from './routes.ts';
import { type CleanupSource, isSource, logSource } from './source.ts';
import { tables } from './tables.ts';
import { createTotals, figuresOf } from './totals.ts';
import { cleanupView } from './view.ts';

export type { CleanupConfig } from './config.ts';
export type { CleanupData, CleanupProblem, CleanupResult } from './data.ts';
export type { FailureCode } from './failure.ts';
export type { CleanupFind, CleanupItem, CleanupLeft, CleanupSource } from './source.ts';

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    cleanup: typeof CleanupConfig;
  }
  interface JobTypes {
    cleanup: { data: CleanupData; result: CleanupResult };
  }
}

// A constant, because TypeScript does not rewrite import() specifiers inside `export default`.
const cleanup = definePlugin({
  name: 'cleanup',
  version: '0.1.0',
  title: 'Clean-up',
  description: 'Removes old files and logs, with a preview that can be run exactly.',
  author: 'PhraseWorks',
  sdk: '^0.1.0',
  config: CleanupConfig,
  fileOnly: ['roots'],
  needs: { logs: JobLogs, place: optional(DatabasePlace) },
  tables,
  init(ctx) {
    const { config, clock, log } = ctx;
    const { logs, place } = ctx.needs;
    const lists = createLists(ctx.db, clock, config.keepLists);
    const totals = createTotals(ctx.db, clock);
    const database = place && 'file' in place ? place.file : null;
    const own: readonly CleanupSource[] = [
      ...config.roots.map((root) => fileSource(rootOf(root, database))),
      logSource(logs),
      listSource(lists),
    ];

    /** The list is new each time: a filter may change it. */
    const sources = async (action: string): Promise<CleanupSource[]> => {
      const all = await ctx.applyFilters('cleanup:actions', [...own], { action });
      const known = all.filter(isSource);
      if (known.length < all.length) log.warn('cleanup:actions: ignoring an invalid source from a listener');
      return known.filter((source) => source.action === action);
    };

    ctx.registerProcessor(
      'cleanup',
      lazy(async () => {
        const { cleanupProcessor } = await import('./processor.ts');
        return { default: cleanupProcessor({ sources, lists, totals, clock, batch: config.batch }) };
      }),
      {
        data: CleanupData,
        access: 'administer',
        timeout: 1_800_000,
        maxRetries: 1,
        retryDelay: 60_000,
        concurrency: 1,
        summary,
        view: cleanupView(ctx.name, lists, clock),
        example,
      },
    );

    addRoutes(ctx, lists);
    ctx.panel(cleanupPanel(ctx.name, lists, totals, clock));
    ctx.addFilter('report:figures', async (figures, span) => [
      ...figures,
      ...figuresOf(await totals.between(span.from, span.to), span),
    ]);
  },
});

export default cleanup;
