// The metrics plugin: figures over time, figures for Prometheus at `/metrics`, and spans of OpenTelemetry.
import { definePlugin, Figures, JobsError, Monitor, Pages, type PluginClock, parse, Schedules } from '@phraseworks/sdk';
import { z } from 'zod';
import { createExposition } from './exposition.ts';
import { Minutes } from './minutes.ts';
import { ProcessFigures } from './process-figures.ts';
import { readSchedules } from './schedules.ts';
import { MinutesTable } from './table.ts';
import { tables } from './tables.ts';
import { loadTracing } from './tracing.ts';

const Config = z.strictObject({
  retention: z
    .int()
    .min(60_000)
    .max(31_622_400_000)
    .default(1_209_600_000)
    .meta({ unit: 'milliseconds' })
    .describe('How long to keep figures by the minute; 14 days by default.'),
  keepFigures: z.coerce
    .number()
    .int()
    .min(70)
    .max(3_660)
    .default(400)
    .describe('Days to keep figures by the quarter of an hour, for reports and long charts; 400 by default.'),
  tracing: z
    .boolean()
    .optional()
    .describe(
      'An OpenTelemetry span for each addition and each attempt. On by default if a trace provider is registered before the plugin starts.',
    ),
});

const HistoryQuery = z.strictObject({
  /** At most two weeks, the default retention. */
  minutes: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(20_160))
    .default(60),
  /** Of these types together. */
  type: z.array(z.string().min(1).max(190)).max(100).default([]),
});

const DAY = 86_400_000;

/** Milliseconds. Scrapers usually wait ten seconds, of which the snapshot may take seven. */
const READ_WITHIN = 2_500;

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    metrics: typeof Config;
  }
}

// A separate constant: inside `export default`, TypeScript does not rewrite the `.ts` of import() for the built package.
const metrics = definePlugin({
  name: 'metrics',
  version: '0.1.0',
  title: 'Metrics',
  description: 'Figures over time, Prometheus metrics and OpenTelemetry traces.',
  author: 'PhraseWorks',
  sdk: '^0.1.0',
  config: Config,
  needs: { monitor: Monitor, schedules: Schedules, pages: Pages },
  provides: [Figures],
  pagesAt: ['/metrics', '/api/metrics/history'],
  tables,
  async init(ctx) {
    const tracing = await loadTracing(ctx.config.tracing);
    if (tracing) {
      ctx.wrap('job:add', tracing.adding);
      ctx.wrap('job:run', tracing.running);
    }

    const { clock, log, signal, db, config } = ctx;
    const { monitor, schedules, pages } = ctx.needs;
    const own = new ProcessFigures();
    const minutes = new Minutes({
      db,
      table: new MinutesTable(db),
      node: monitor.node,
      getQueueMetrics: ctx.getQueueMetrics,
      clock,
      log,
      signal,
      retention: { minutes: config.retention, quarters: config.keepFigures * DAY },
      about: async (id) => (await ctx.getJobStatus(id).catch(() => null))?.summary ?? '',
    });
    ctx.onDisable(() => minutes.stop());
    ctx.onDisable(
      monitor.onStored((changes, ms) => {
        minutes.note(changes);
        own.stored(changes, ms);
      }),
    );
    minutes.start();
    ctx.provide(Figures, minutes);

    const expose = createExposition(async () => {
      const snapshot = await monitor.snapshot();
      const { shared, writable } = snapshot;
      const read = async () => ({
        totals: await minutes.totals(writable),
        schedules: await readSchedules({ db, schedules, getJob: ctx.getJobStatus }, writable),
      });
      const stored = shared && (await inTime(clock, read()));
      return stored
        ? { snapshot, ...stored }
        : { snapshot: { ...snapshot, shared: null }, totals: new Map(), schedules: [] };
    }, own);
    pages.get('/metrics', async (c) => {
      refuseLimited(c.var);
      const { contentType, text } = await expose();
      return c.body(text, 200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' });
    });
    pages.get('/api/metrics/history', async (c) => {
      refuseLimited(c.var);
      const given = Object.entries(c.req.query()).filter(([, value]) => value !== '');
      const type = (c.req.queries('type') ?? []).filter((one) => one !== '');
      const query = await parse(HistoryQuery, { ...Object.fromEntries(given), type }, '');
      if (!query.ok)
        throw new JobsError('INVALID_DATA', 'Invalid query: `errors` lists each wrong field.', {
          errors: query.errors,
        });
      return c.json(await minutes.history(query.value.minutes, query.value.type));
    });
  },
});

/** Throws `FORBIDDEN` for users who may view only some jobs. */
function refuseLimited({ limited }: { limited: boolean }): void {
  if (limited) throw new JobsError('FORBIDDEN', 'These are figures of all jobs, and you may view only some of them.');
}

/** Null if it fails or takes too long. */
function inTime<T>(clock: PluginClock, work: Promise<T>): Promise<T | null> {
  return new Promise((resolve) => {
    const stop = clock.after(READ_WITHIN, () => resolve(null));
    void work.then(resolve, () => resolve(null)).finally(stop);
  });
}

export default metrics;
