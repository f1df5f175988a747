// Bulk actions: one action on all jobs that match a filter. Each runs as a job: followed, cancellable, and resumed after a crash.
import {
  type Actor,
  type AuditLog,
  type BulkAction,
  type BulkActions,
  type Job,
  type JobFilter,
  type JobPage,
  type Jobs,
  JobsError,
  type PluginClock,
  type PluginContext,
  type RunningJob,
  type Types,
  type Where,
} from '@phraseworks/sdk';
import { BulkRequest, DeleteFilter } from '@phraseworks/sdk/contract';
import { z } from 'zod';

const TYPE = 'jobs.bulk';

const MOST = 100_000;
const PAGE = 200;
/** Let the rest of the site go on after so many jobs: SQLite runs synchronously. */
const AT_ONCE = 10;
const AN_HOUR = 3_600_000;
/** The latest time that has a text. */
const LATEST = 8.64e15;

/** The states that the action applies to if the filter names none. */
const STATES: Record<BulkAction, NonNullable<JobFilter['status']>> = {
  retry: ['failed', 'cancelled'],
  cancel: ['pending', 'parked', 'blocked', 'processing'],
  run: ['pending'],
  delete: ['completed', 'failed', 'cancelled', 'parked', 'pending', 'blocked'],
};

const METHODS = { retry: 'retry', cancel: 'cancel', run: 'run', delete: 'remove' } as const;

/** What is stored: the request, and what the caller may act on, since the job runs later and elsewhere. */
const StoredRequest = BulkRequest.extend({
  /** Only these jobs. */
  where: z.custom<Where>().exactOptional(),
  /** No jobs of these types. */
  without: z.array(z.string()).exactOptional(),
});
type StoredRequest = z.infer<typeof StoredRequest>;

interface BulkResult {
  matched: number;
  done: number;
  /** Refused jobs by error code. */
  refused: Record<string, number>;
}

type Context = Pick<PluginContext, 'addJob' | 'registerProcessor' | 'clock'> & {
  needs: { jobs: Jobs; types: Types; audit: AuditLog };
};

export function createBulkActions(ctx: Context): BulkActions {
  const { jobs, audit } = ctx.needs;
  ctx.registerProcessor(
    TYPE,
    async (request, _id, _attempt, job) => {
      const result = await actOnAll(ctx, request, job);
      return { success: true, result, message: `${request.action}: ${result.done} of ${result.matched}` };
    },
    {
      data: StoredRequest,
      access: 'none',
      timeout: AN_HOUR,
      concurrency: 1,
      summary: ({ action, filter }) => `${action}: ${filterText(filter, ctx.clock)}`,
    },
  );
  return {
    start: async (actor, { action, filter }) => {
      const { where } = await actor.require('operate', 'some');
      if (action === 'delete' && !DeleteFilter.safeParse(filter).success)
        throw new JobsError('INVALID_DATA', 'An empty filter deletes nothing: name the states.', {
          errors: [{ path: 'filter', message: 'must not be empty' }],
        });
      // Refuses a wrong filter now, not when the job runs.
      await jobs.list('system', { ...filter, limit: 1, brief: true }).catch(inFilter);
      const without = action === 'retry' || action === 'run' ? await closedTypes(ctx.needs.types, actor) : [];
      await refuseClosed(jobs, { action, filter, ...(where ? { where } : {}) }, without);
      const data: StoredRequest = {
        action,
        filter,
        ...(without.length > 0 ? { without } : {}),
        ...(where ? { where } : {}),
      };
      const job = await add(ctx, data);
      await audit.add(actor, { action: 'bulk', target: action, detail: filterText(filter, ctx.clock) });
      return job;
    },
  };
}

/** Also into a full queue, which it may help to empty: delayed jobs have a limit of their own. */
async function add({ addJob }: Context, data: StoredRequest): Promise<Job> {
  try {
    return await addJob({ type: TYPE, data });
  } catch (error) {
    if (!(error instanceof JobsError) || error.code !== 'QUEUE_FULL') throw error;
    return addJob({ type: TYPE, data, delay: 1 });
  }
}

/** Names the fields as the request does. */
function inFilter(error: unknown): never {
  if (!(error instanceof JobsError)) throw error;
  const errors = error.errors.map(({ path, message }) => ({ path: `filter.${path}`, message }));
  throw new JobsError(error.code, error.message, { errors });
}

/** Throws `FORBIDDEN` with those of these types that the request matches. */
async function refuseClosed(jobs: Jobs, request: StoredRequest, types: readonly string[]): Promise<void> {
  const { action, filter } = request;
  const found: string[] = [];
  for (const type of types.filter((one) => filter.type === undefined || filter.type === one)) {
    const page = await jobs.list(siteFor(request), { status: STATES[action], ...filter, type, limit: 1, brief: true });
    if (page.jobs.length > 0) found.push(type);
  }
  if (found.length > 0)
    throw new JobsError('FORBIDDEN', `You may not ${action} jobs of these types, which match: ${found.join(', ')}.`);
}

/** Types whose jobs this caller may not start again. */
async function closedTypes(types: Types, actor: Actor): Promise<string[]> {
  const closed: string[] = [];
  for (const { type, plugin, access } of await types.list('system')) {
    const right = access === 'none' ? 'administer' : access;
    if (right !== 'add' && !(await actor.may(right, { type, plugin }))) closed.push(type);
  }
  return closed;
}

/** Throws `UNAVAILABLE` and the reason of the signal; counts refusals of single jobs. */
async function actOnAll(ctx: Context, request: StoredRequest, job: RunningJob): Promise<BulkResult> {
  const { jobs } = ctx.needs;
  const { action } = request;
  const method = METHODS[action];
  const found = await matching(ctx, request, job);
  const total = found.length;
  const result: BulkResult = { matched: total, done: 0, refused: {} };
  for (const [i, id] of found.entries()) {
    job.signal.throwIfAborted();
    try {
      await jobs[method](siteFor(request), id);
      result.done += 1;
    } catch (error) {
      if (!(error instanceof JobsError) || error.code === 'UNAVAILABLE') throw error;
      result.refused[error.code] = (result.refused[error.code] ?? 0) + 1;
    }
    const processed = i + 1;
    await job.progress({ percentage: Math.round((processed / total) * 100), processed, total });
    if (processed % AT_ONCE === 0) await ctx.clock.rest();
  }
  return result;
}

/** All matching jobs that were added before the bulk action. */
async function matching(
  { needs: { jobs }, clock }: Context,
  request: StoredRequest,
  { id, signal, log }: RunningJob,
): Promise<string[]> {
  const { endedFrom, endedTo } = request.filter;
  const filter: JobFilter = { status: STATES[request.action], ...request.filter, limit: PAGE, brief: true };
  const found: string[] = [];
  // A list by when jobs ended is in another order, and its jobs were added before they ended.
  let cursor: string | null | undefined = (endedFrom ?? endedTo) === undefined ? id : undefined;
  while (cursor !== null && found.length < MOST) {
    signal.throwIfAborted();
    const page: JobPage = await jobs.list(siteFor(request), { ...filter, ...(cursor ? { cursor } : {}) });
    for (const one of page.jobs) if (one.id < id) found.push(one.id);
    cursor = page.nextCursor;
    await clock.rest();
  }
  if (cursor !== null) log.warn(`More than ${MOST} jobs match. Repeat the action for the rest.`);
  return found;
}

/** The site does it, limited to the jobs that the caller may act on. */
const siteFor = ({ where, without }: StoredRequest) => ({
  by: TYPE,
  ...(where ? { where } : {}),
  ...(without ? { without } : {}),
});

/** `failed, type email, error:timeout, added before 2026-01-01T00:00:00.000Z`; `all jobs` for an empty filter. */
function filterText(
  { status, type, plugin, schedule, key, about, q, from, to, endedFrom, endedTo }: BulkRequest['filter'],
  clock: PluginClock,
): string {
  const moment = (ms: number) => clock.iso(Math.min(ms, LATEST));
  const parts = [
    status === undefined ? '' : [status].flat().join(' or '),
    type === undefined ? '' : `type ${type}`,
    plugin === undefined ? '' : `plugin ${plugin}`,
    schedule === undefined ? '' : `schedule ${schedule}`,
    key === undefined ? '' : `key ${key}`,
    about === undefined ? '' : `about ${about}`,
    q === undefined ? '' : q.trim(),
    from === undefined ? '' : `added from ${moment(from)}`,
    to === undefined ? '' : `added before ${moment(to)}`,
    endedFrom === undefined ? '' : `ended from ${moment(endedFrom)}`,
    endedTo === undefined ? '' : `ended before ${moment(endedTo)}`,
  ];
  return parts.filter((part) => part !== '').join(', ') || 'all jobs';
}
