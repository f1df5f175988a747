// The plugin: the job types of the CMS beside those of other plugins, drop-ins for its queue and scheduler, and `job_update` over its own WebSocket.
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFile } from 'node:fs/promises';
import {
  type Content,
  definePlugin,
  isUpload,
  type JobEvent,
  JobsError,
  optional,
  type PluginDefinition,
  type RunningJob,
  Schedules,
  Uploads,
} from '@phraseworks/sdk';
import { type CmsContext, TASK_TYPE, type Task, type TaskOptions, Tasks } from './tasks.ts';

// biome-ignore lint/suspicious/noExplicitAny: the CMS declares no payloads
type Payload = any;

/** A socket of the CMS, as in its `connectedClients`. */
export interface Client {
  readonly readyState: number;
  send(text: string): unknown;
}

export interface PhraseWorksOptions extends Partial<TaskOptions> {
  /** By the type names of the CMS: what its worker did with the payload. The answer is the job's result; an error is retried. */
  processors?: Record<string, (payload: Payload, job: RunningJob) => unknown>;
  /** The CMS's `connectedClients`, by client id. */
  clients?: ReadonlyMap<string, Client>;
  /** In front of the CMS's type names: its `email` is no job of the email plugin. `cms:` by default. */
  prefix?: string;
}

/** What the CMS's `enqueue()` returns. */
export interface Enqueued {
  id: string;
  type: string;
  payload: Payload;
  priority: number;
  attempts: number;
  maxAttempts: number;
  /** ISO 8601 in UTC. */
  createdAt: string;
}

/** The surface of the CMS's `utils/jobQueue.js`. */
export interface JobQueue {
  /**
   * `priority` above 0 runs first; `maxAttempts` is 3 by default; `clientId` gets the events of the job over the CMS's own WebSocket.
   * `about`: the content that ends the job when it is deleted or unpublished; by default the post or file whose id is in the payload
   * (`postId`, `post_id`, `mediaId`, `media_id`).
   * Long texts, such as files in base64, are kept as uploads: see `uploads.maxBytes`.
   */
  enqueue(
    type: string,
    payload: Payload,
    options?: { priority?: number; maxAttempts?: number; clientId?: string; about?: Content },
  ): Promise<Enqueued>;
  getStats(): Promise<{
    queueLength: number;
    activeWorkers: number;
    stats: { status: string; count: number; job_type: string }[];
  }>;
}

export interface PhraseWorks {
  /** For `createJobs({ plugins: { phraseworks: { use: cms.plugin } } })`. */
  plugin: PluginDefinition;
  jobQueue: JobQueue;
  /**
   * Replaces the schedules of all tasks: call it before `jobs.start()`, and when a task was changed. Throws `INVALID_DATA` that names the tasks
   * with an invalid pattern or a missing function, after all others are scheduled.
   */
  scheduleTasks(tasks: readonly Task[]): Promise<void>;
  /** Adds a job that runs a task of `scheduleTasks()` now, even while it is disabled, and returns the id of the job. */
  runTask(id: Task['id']): Promise<string>;
  /** Sends the events of a job to one client until the job finishes or the client disconnects. Only the client's id protects the result. */
  followJob(jobId: string, clientId: string): Promise<void>;
}

/** Nothing describes the payloads of the CMS, and they may hold mails: only users who may operate on jobs see them. */
const CONFIDENTIAL = { confidential: true, additionalProperties: { confidential: true } };
const Hidden = {
  '~standard': {
    version: 1 as const,
    vendor: 'phraseworks',
    validate: (value: Payload) => ({ value }),
    jsonSchema: { input: () => CONFIDENTIAL, output: () => CONFIDENTIAL },
  },
};

/** A text of more bytes does not belong into the row of a job, which holds 256 kB of JSON. */
const LONG = 100_000;
const TEXT = 'application/x-cms-text';
/** Followed jobs; with one more, the oldest is forgotten. */
const MOST_FOLLOWED = 10_000;
/** Fired by the CMS with the id of the content that has ended. */
const ENDS = { 'post:deleted': 'post', 'post:unpublished': 'post', 'media:deleted': 'media' } as const;
const OPEN = 1;
const EVENTS = ['added', 'started', 'progress', 'completed', 'failed', 'retry', 'cancelled'] as const;
const OVER: readonly string[] = ['completed', 'failed', 'cancelled'];
/** The `enqueue()` that is running, and whose it is. One storage for all instances: Node keeps each one that was ever used in every promise. */
const enqueuedFor = new AsyncLocalStorage<{ followed: Map<string, string>; clientId: string; type: string }>();

/** Throws `INVALID_CONFIG` if a processor has the name of the type of tasks. */
export function phraseWorks({
  processors = {},
  tasks = {},
  onTaskRun = () => {},
  timezone = 'UTC',
  taskTimeout = 300_000,
  clients = new Map(),
  prefix = 'cms:',
}: PhraseWorksOptions): PhraseWorks {
  if (Object.hasOwn(processors, TASK_TYPE))
    throw new JobsError('INVALID_CONFIG', `processors.${TASK_TYPE}: this type is the one of the scheduled tasks.`);
  const followed = new Map<string, string>();
  let on: CmsContext | undefined;
  const here = (): CmsContext => {
    if (on) return on;
    throw new JobsError('INVALID_STATE', 'The plugin of phraseWorks() is not on: name it in createJobs({ plugins }).');
  };
  const scheduled = new Tasks(prefix, here, { tasks, onTaskRun, timezone, taskTimeout });

  const send = (event: Pick<JobEvent, 'jobId' | 'status'>): void => {
    const client = clients.get(followed.get(event.jobId) ?? '');
    if (client?.readyState === OPEN) client.send(JSON.stringify({ type: 'job_update', data: event }));
    if (!client || OVER.includes(event.status)) followed.delete(event.jobId);
  };
  const remember = (jobId: string, clientId: string): void => {
    const oldest = followed.keys().next();
    if (followed.size >= MOST_FOLLOWED && !oldest.done) followed.delete(oldest.value);
    followed.set(jobId, clientId);
  };
  const followJob = async (jobId: string, clientId: string): Promise<void> => {
    remember(jobId, clientId);
    // It may have ended before it was followed.
    const job = await here().getJobStatus(jobId);
    if (!job) followed.delete(jobId);
    if (!job || !followed.has(jobId) || !OVER.includes(job.status)) return;
    const { status, type: jobType, result, error } = job;
    send({ event: `job_${status}`, jobId, jobType, status, result, error } as JobEvent);
  };

  const plugin = definePlugin({
    name: 'phraseworks',
    title: 'PhraseWorks',
    description: 'The jobs, tasks and live updates of the CMS.',
    needs: { uploads: optional(Uploads), schedules: Schedules },
    init(ctx) {
      for (const [type, run] of Object.entries(processors)) {
        ctx.registerProcessor(
          `${prefix}${type}`,
          async (data: Payload, _id, _attempt, job) => ({
            success: true,
            result: await run(await withTexts(data, ctx.needs.uploads), job),
          }),
          { data: Hidden, access: 'none', retryDelay: 1_000, retryBackoff: 'linear' },
        );
      }
      on = ctx;
      scheduled.open(ctx);
      for (const name of EVENTS)
        ctx.addAction(`job:${name}`, ({ event }) => void (followed.has(event.jobId) && send(event)));
      for (const [name, kind] of Object.entries(ENDS))
        ctx.addAction(name, async ({ id }: { id: Content['id'] }) => void (await ctx.cancelAbout({ kind, id })));
      // A quick job could be over before `enqueue()` knows its id.
      ctx.wrap('job:add', ({ jobs }, next) => {
        const running = enqueuedFor.getStore();
        // Listeners may add other jobs meanwhile, which are not the client's.
        if (running?.followed === followed)
          for (const { id, type } of jobs) if (type === running.type) remember(id, running.clientId);
        return next();
      });
      ctx.onDisable(() => {
        on = undefined;
      });
    },
  });

  return {
    plugin: plugin as unknown as PluginDefinition,
    followJob,
    scheduleTasks: (list) => scheduled.schedule(list),
    runTask: (id) => scheduled.runNow(id),
    jobQueue: {
      async enqueue(type, payload, { priority = 0, maxAttempts = 3, clientId, about = contentIn(payload) } = {}) {
        const stored = `${prefix}${type}`;
        const add = () =>
          here().addJob({
            type: stored,
            data: withFiles(payload),
            priority: priority > 0 ? 'high' : 'normal',
            maxRetries: Math.max(0, maxAttempts - 1),
            ...(about ? { about } : {}),
          });
        const job = await (clientId === undefined ? add() : enqueuedFor.run({ followed, clientId, type: stored }, add));
        return { id: job.id, type, payload, priority, attempts: 0, maxAttempts, createdAt: job.createdAt };
      },
      async getStats() {
        const { types } = await here().getQueueMetrics();
        const own = Object.entries(types).filter(([type]) => type.startsWith(prefix));
        const sum = (key: 'pending' | 'processing') => own.reduce((total, [, metrics]) => total + metrics[key], 0);
        const stats = own.flatMap(([type, metrics]) =>
          (['pending', 'processing', 'completed', 'failed'] as const)
            .filter((status) => metrics[status] > 0)
            .map((status) => ({ status, count: metrics[status], job_type: type.slice(prefix.length) })),
        );
        return { queueLength: sum('pending'), activeWorkers: sum('processing'), stats };
      },
    },
  };
}

/** The post or the file that a payload names. */
function contentIn(payload: Payload): Content | undefined {
  for (const kind of ['post', 'media']) {
    const id = payload?.[`${kind}Id`] ?? payload?.[`${kind}_id`];
    if (Number.isSafeInteger(id) || (typeof id === 'string' && id !== '' && id.length <= 140)) return { kind, id };
  }
  return undefined;
}

/** The CMS sends files as text in base64, up to 25 MB of them. */
function withFiles(payload: Payload): Payload {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return payload;
  const entries = Object.entries(payload).map(([key, value]) =>
    typeof value === 'string' && isLong(value) ? [key, new File([value], key, { type: TEXT })] : [key, value],
  );
  return Object.fromEntries(entries);
}

/** As JSON: a sign may take six bytes there. */
const isLong = (text: string): boolean => text.length > LONG || Buffer.byteLength(JSON.stringify(text)) > LONG;

async function withTexts(data: Payload, uploads: Uploads | undefined): Promise<Payload> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const entries = Object.entries(data).map(async ([key, value]) => {
    if (!isUpload(value) || value.type !== TEXT) return [key, value];
    if (!uploads) throw new JobsError('UNAVAILABLE', `The text "${key}" is kept by the plugin "files": enable it.`);
    return [key, await readFile((await uploads.open(value)).path, 'utf8')];
  });
  return Object.fromEntries(await Promise.all(entries));
}
