// The report plugin: reports the figures of all jobs by day, week and month. The code that draws loads with the first report.
import { definePlugin, Figures, lazy, optional, PageFrame, Storage } from '@phraseworks/sdk';
import { createZone } from '@phraseworks/sdk/zone';
import { ReportConfig } from './config.ts';
import { example, reportData, summary } from './data.ts';
import { createDisks } from './figures/disk.ts';
import { Files } from './files.ts';
import { Mailer } from './mail.ts';
import { reportsPanel } from './panel.ts';
import { createTypes, ReportTypes } from './report-types.ts';
import { addRoutes } from './routes.ts';
import { createRuns } from './runs.ts';
import { tables } from './tables.ts';
import { reportView } from './view.ts';

export type { Series, Tone } from '@phraseworks/sdk/charts';
export type { Cell, Change, Chart, Column, Report, Section, Table } from './content/model.ts';
export type { Format, ReportData, ReportFile, ReportResult } from './data.ts';
export { type FailureCode, ReportFailure } from './data.ts';
export { type ReportSpan, type ReportType, ReportTypes } from './report-types.ts';

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    report: typeof ReportConfig;
  }
}

// A separate constant: inside `export default`, TypeScript does not rewrite the `.ts` of import() for the built package.
const report = definePlugin({
  name: 'report',
  version: '0.1.0',
  title: 'Reports',
  description: 'Compares this week with the week before: with charts, by mail and as files.',
  author: 'PhraseWorks',
  sdk: '^0.1.0',
  config: ReportConfig,
  fileOnly: ['disks'],
  needs: { figures: optional(Figures), mailer: optional(Mailer), storage: Storage, frame: optional(PageFrame) },
  provides: [ReportTypes],
  tables,
  init(ctx) {
    const { config, clock, log, db } = ctx;
    const zone = createZone(config.timezone);
    const types = createTypes();
    const disks = createDisks({ db, paths: config.disks, zone, clock, log });
    const files = new Files(ctx.needs.storage.open('reports'));
    const runs = createRuns(db, files, log);
    const { applyFilters, getJobStatus } = ctx;
    ctx.onReady(() => disks.watch());
    ctx.provide(ReportTypes, { register: types.register });

    ctx.registerProcessor(
      'report',
      lazy(async () => {
        const { reportProcessor } = await import('./processor.ts');
        const parts = {
          config,
          zone,
          clock,
          figures: () => ctx.needs.figures,
          types,
          disks,
          files,
          runs,
          applyFilters,
          getJobStatus,
        };
        return { default: reportProcessor({ ...parts, mailer: () => ctx.needs.mailer }) };
      }),
      {
        data: reportData(types.names),
        // It sends figures of the whole site to any address, so the permission to add jobs is not enough.
        access: 'operate',
        timeout: 120_000,
        maxRetries: 3,
        retryDelay: 60_000,
        concurrency: 1,
        // The same report twice would also be mailed twice.
        key: 'data',
        unique: { while: 'active' },
        summary,
        view: reportView(ctx.name, runs, files),
        example,
      },
    );
    addRoutes(ctx, { files, runs, types, frame: () => ctx.needs.frame });
    ctx.panel(reportsPanel(ctx.name, runs, clock));
  },
});

export default report;
