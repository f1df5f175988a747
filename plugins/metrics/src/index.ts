// The metrics plugin: figures for Prometheus at `/metrics`, and spans of OpenTelemetry.
import { definePlugin, JobsError, Monitor, optional, Pages } from '@phraseworks/sdk';
import { z } from 'zod';
import { createExposition } from './exposition.ts';
import { ProcessFigures } from './process-figures.ts';
import { loadTracing } from './tracing.ts';

const Config = z.strictObject({
  tracing: z
    .boolean()
    .optional()
    .describe(
      'A span of OpenTelemetry for each addition and each attempt. By default on where a provider of traces was registered before.',
    ),
});

// A name of its own: TypeScript leaves import() as it is inside `export default`, where the built package has no .ts files.
const metrics = definePlugin({
  name: 'metrics',
  version: '0.1.0',
  title: 'Metrics',
  description: 'Figures for Prometheus, and traces of OpenTelemetry.',
  author: 'PhraseWorks',
  sdk: '^1.0.0',
  config: Config,
  needs: { monitor: optional(Monitor), pages: Pages },
  pagesAt: '/metrics',
  async init(ctx) {
    const tracing = await loadTracing(ctx.config.tracing);
    if (tracing) {
      ctx.wrap('job:add', tracing.adding);
      ctx.wrap('job:run', tracing.running);
    }

    const { monitor } = ctx.needs;
    // Commands of the command line answer no requests.
    if (!monitor) return;
    const own = new ProcessFigures();
    ctx.onDisable(monitor.onStored(own.stored));
    const expose = createExposition(() => monitor.snapshot(), own);
    ctx.needs.pages.get('/', async (c) => {
      if (c.var.limited)
        throw new JobsError('FORBIDDEN', 'These are figures of all jobs, and you may view only some of them.');
      const { contentType, text } = await expose();
      return c.body(text, 200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' });
    });
  },
});

export default metrics;
