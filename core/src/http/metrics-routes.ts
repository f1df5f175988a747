// The address of figures over time.
import { z } from 'zod';
import type { HttpDeps } from './deps.ts';
import { type Route, route } from './route.ts';

/** Two weeks: what is kept by default. */
const MOST_MINUTES = 20_160;

const HistoryQuery = z.strictObject({
  minutes: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(MOST_MINUTES))
    .optional()
    .describe(`How far back; 60 by default, ${MOST_MINUTES} at most.`),
  type: z.string().min(1).max(190).optional().describe('Of this type; of all without it.'),
});

export function metricsRoutes({ host }: HttpDeps): Route[] {
  return [
    route<z.output<typeof HistoryQuery>>(
      {
        id: 'getMetricsHistory',
        method: 'get',
        path: '/api/metrics/history',
        group: 'System',
        summary: 'What happened over time, in at most 300 points: how many jobs, how long they waited and ran.',
        action: 'view',
        query: HistoryQuery,
        answer: { status: 200, schema: 'MetricsHistory', about: 'The points, the oldest first.' },
      },
      async ({ c, query }) => c.json(await host.getMetricsHistory(query)),
    ),
  ];
}
