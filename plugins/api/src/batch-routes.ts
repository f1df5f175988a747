// Routes for batches.
import { BatchesQuery, BatchJobsQuery } from '@phraseworks/sdk/contract';
import { grouped, type Route, route, type Services, type WrittenRoute } from './route.ts';
import type { SchemaName } from './schemas.ts';

const theBatch = { status: 200, schema: 'Batch', about: 'The batch.' } as const;

/** A route about the batch `:id`. */
const batchRoute = <Q = undefined, S extends SchemaName = never>(
  written: WrittenRoute<Q, never, S>,
): ReturnType<typeof route> => route({ limited: true, ...written, errors: ['NOT_FOUND'] });

export function batchRoutes({ batches }: Services): Route[] {
  return grouped('Jobs', [
    route({
      id: 'listBatches',
      at: 'GET /api/batches',
      summary: 'List batches, newest first.',
      action: 'view',
      limited: true,
      query: BatchesQuery,
      answer: { status: 200, schema: 'BatchPage', about: 'One page of batches.' },
      handle: ({ actor, query }) => batches.list(actor, query),
    }),
    batchRoute({
      id: 'getBatch',
      at: 'GET /api/batches/:id',
      summary: 'Get a batch, with how many of its jobs ended how.',
      action: 'view',
      answer: theBatch,
      handle: ({ id, actor }) => batches.get(actor, id),
    }),
    batchRoute({
      id: 'listBatchJobs',
      at: 'GET /api/batches/:id/jobs',
      summary: 'List jobs of a batch in the order of adding.',
      action: 'view',
      query: BatchJobsQuery,
      answer: { status: 200, schema: 'JobPage', about: 'One page of jobs.' },
      handle: ({ id, actor, query }) => batches.jobs(actor, id, query),
    }),
    batchRoute({
      id: 'cancelBatch',
      at: 'POST /api/batches/:id/cancel',
      summary: 'Close a batch and cancel all its jobs that have not ended. This goes on after the answer.',
      action: 'operate',
      limited: false,
      answer: theBatch,
      handle: ({ id, actor }) => batches.cancel(actor, id),
    }),
    batchRoute({
      id: 'retryBatch',
      at: 'POST /api/batches/:id/retry',
      summary: 'Queue the failed jobs of a batch again. This goes on after the answer.',
      action: 'operate',
      limited: false,
      answer: theBatch,
      handle: ({ id, actor }) => batches.retry(actor, id),
    }),
  ]);
}
