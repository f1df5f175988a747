// The image plugin: resizes, crops, optimizes and converts pictures. sharp runs in a separate process.
import { definePlugin, lazy, Storage, Uploads } from '@phraseworks/sdk';
import { addressGuard } from './address-guard.ts';
import { batchSummary, batchView, imageBatchData, imageBatchProcessor } from './batch.ts';
import { ImageConfig } from './config.ts';
import type { ImageJobData, ImageResult } from './data.ts';
import { imageJobData } from './data.ts';
import { fileRoutes, originalRoute } from './files.ts';
import { summary } from './names.ts';
import { imageFigures, outputsTable } from './outputs.ts';
import { filesPanel } from './panel.ts';
import { poolOf, shareOf } from './pool.ts';
import { tables } from './tables.ts';
import { imageView } from './view.ts';

export type { ImageConfig } from './config.ts';
export type { ImageFile, ImageJobData, ImageResult } from './data.ts';
export type { FailureCode } from './failure.ts';
export type { Operation } from './operations.ts';

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    image: typeof ImageConfig;
  }
  interface JobTypes {
    image_process: { data: ImageJobData; result: ImageResult };
  }
}

// A separate constant: inside `export default`, TypeScript does not rewrite the `.ts` of import() for the built package.
const image = definePlugin({
  name: 'image',
  version: '0.1.0',
  title: 'Images',
  description: 'Resizes, crops, optimizes and converts pictures.',
  author: 'PhraseWorks',
  sdk: '^0.1.0',
  config: ImageConfig,
  fileOnly: ['sources', 'allowHosts', 'font'],
  needs: { uploads: Uploads, storage: Storage },
  tables,
  init(ctx) {
    const { config, clock } = ctx;
    const { uploads, storage } = ctx.needs;
    const files = storage.open('files');
    const outputs = outputsTable(ctx.db, async (id) => (await ctx.getJobStatus(id))?.status === 'processing');
    const guard = addressGuard({ allowHosts: config.allowHosts });
    const pool = poolOf(config, clock);
    ctx.onDisable(() => pool.close());

    ctx.registerProcessor(
      'image_process',
      lazy(async () => {
        const { imageProcessor } = await import('./processor.ts');
        return { default: imageProcessor({ config, clock, uploads, files, outputs, guard, pool }) };
      }),
      {
        data: imageJobData(config.limits),
        timeout: 120_000,
        maxRetries: 2,
        retryDelay: 10_000,
        // One more than work at the same time, so that the next one can already read its source.
        concurrency: shareOf(config.cores).slots + 1,
        key: 'data',
        // Only while it waits: once it runs, its source may have changed.
        unique: { while: 'waiting' },
        summary,
        view: imageView({ plugin: ctx.name, outputs, config }),
        example: {
          sourceUrl: 'https://example.com/image.jpg',
          operations: [
            { type: 'resize', width: 800, height: 600 },
            { type: 'optimize', quality: 85 },
            { type: 'format', format: 'webp' },
          ],
          outputPath: '/uploads/processed/image.webp',
        },
      },
    );

    ctx.registerProcessor('image_batch', imageBatchProcessor(ctx), {
      data: imageBatchData(config.limits),
      summary: batchSummary,
      view: batchView,
      example: {
        name: 'New sizes',
        sources: ['posts/harbour.jpg'],
        work: { responsive: { widths: [320, 640], formats: ['webp'] } },
      },
    });

    originalRoute({ routes: ctx.routes, uploads, config, getJobStatus: ctx.getJobStatus });
    // Files from before the target became a bucket are still in its folder.
    const inFolder = files.isRemote ? storage.open('files', { folder: files.folder }) : files;
    fileRoutes(ctx.routes, outputs, inFolder, clock);
    ctx.panel(filesPanel(ctx.name, outputs, config, clock));
    ctx.addFilter('report:figures', async (figures, period) => [...figures, ...(await imageFigures(outputs, period))]);
  },
});

export default image;
