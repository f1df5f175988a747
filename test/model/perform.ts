// Performs one operation on the site and on the model, and compares their answers.
import { JobsError, type NewJob } from '@phraseworks/sdk';
import type { TestJobs } from '../../testing/src/create-test-jobs.ts';
import type { SequenceDatabase } from './database.ts';
import { Broken, isFinal, type Model, type ModelJob, type Way } from './model.ts';
import { type Operation, PLUGIN_OF, SCHEDULED, type Task } from './operations.ts';
import { CLEANUP, dataOf, LEASE, LOOK, type Process, RETENTION, type Site } from './site.ts';

/** What a sequence runs on. */
export interface Stage {
  model: Model;
  site: Site;
  database: SequenceDatabase;
  /** Bulk actions are jobs, too. */
  bulks: Set<string>;
}

/** The code of a refusal, or null. */
type Answer = { code: string | null; value: unknown };

const asked = async (work: () => Promise<unknown>): Promise<Answer> => {
  try {
    return { code: null, value: await work() };
  } catch (error) {
    if (!(error instanceof JobsError)) throw error;
    return { code: error.code, value: null };
  }
};

async function requested({ site }: Stage, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await site.jobs.request(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  const answer = text === '' ? null : (JSON.parse(text) as { code?: string });
  if (response.status >= 500) throw new Broken(`${method} ${path} answers ${response.status}: ${text}`);
  return response.ok ? { code: null, value: answer } : { code: answer?.code ?? String(response.status), value: null };
}

function expectCode(what: string, { code }: Answer, ...wanted: (string | null)[]): void {
  if (!wanted.includes(code))
    throw new Broken(`${what} answered ${code ?? 'yes'} instead of ${wanted.map((one) => one ?? 'yes').join(' or ')}`);
}

/** A job that the operation fits, or any. */
function chosen(
  { model }: Stage,
  { nth, any = false }: { nth: number; any?: boolean },
  fits: (job: ModelJob) => boolean,
) {
  const all = [...model.jobs.values()].filter(({ id }) => id !== null);
  const fitting = any ? all : all.filter(fits);
  return fitting[nth % fitting.length];
}

const newJob = (task: Task, job?: ModelJob): NewJob => ({
  type: task.type,
  priority: task.priority,
  data: dataOf(job ?? { task, edits: 0 }),
  maxRetries: task.maxRetries,
  retryDelay: task.retryDelay,
  ...(task.delay === undefined ? {} : { delay: task.delay }),
  ...(task.key === undefined ? {} : { idempotencyKey: task.key }),
  ...(task.timeout === undefined ? {} : { timeout: task.timeout }),
});

/** What should become of these tasks: new jobs, or those that their keys have; null: a key has another one. */
function planned({ model }: Stage, tasks: readonly Task[], same: boolean, way: Way) {
  const own = new Set<string>();
  const plan: { job: NewJob; known: ModelJob | undefined; task: Task }[] = [];
  let conflict = false;
  for (const task of tasks) {
    const known = task.key === undefined ? undefined : model.byKey(task.key, way);
    const isTwice = task.key !== undefined && own.has(task.key);
    if (known ? !same : isTwice) conflict = true;
    if (task.key !== undefined) own.add(task.key);
    const given = known && same ? { ...known.task, key: task.key as string } : task;
    plan.push({ job: newJob(given, known && same ? known : undefined), known, task });
  }
  return { plan, conflict };
}

async function add(stage: Stage, { tasks, over, same = false }: Extract<Operation, { do: 'add' }>): Promise<void> {
  const { model, site } = stage;
  const { plan, conflict } = planned(stage, tasks, same, over);
  const now = site.clock.now();
  const added = conflict ? [] : plan.map(({ known, task }) => known ?? model.add(task, now, over));
  const list = plan.map(({ job }) => job);
  const answer =
    over === 'http'
      ? await requested(stage, 'POST', '/api/jobs', list.length === 1 ? list[0] : list)
      : await asked(() => (list.length === 1 ? site.jobs.addJob(list[0] as NewJob) : site.jobs.addJobs(list)));
  expectCode('adding', answer, conflict ? 'IDEMPOTENCY_CONFLICT' : null);
  if (!conflict) bind(added, answer.value);
}

function bind(added: readonly ModelJob[], value: unknown): void {
  const ids = idsIn(value);
  for (const [i, job] of added.entries()) {
    job.id ??= ids[i] ?? null;
    if (job.id !== ids[i]) throw new Broken(`adding job ${job.task.label} answered another one`);
  }
}

/** Of one job or of a list, in process and over HTTP. */
function idsIn(value: unknown): string[] {
  const { jobs } = value as { jobs?: unknown };
  const list = Array.isArray(value) ? value : Array.isArray(jobs) ? jobs : [value];
  return (list as { id: string }[]).map(({ id }) => id);
}

async function transact(stage: Stage, { tasks, commit, wait }: Extract<Operation, { do: 'transact' }>): Promise<void> {
  const { model, site, database } = stage;
  const { plan, conflict } = planned(stage, tasks, true, 'call');
  if (conflict) return;
  const added = plan.map(({ known, task }) => known ?? model.add(task, site.clock.now()));
  site.isLocked = true;
  const isStored = await database.transaction(commit, async (trx) => {
    for (const [i, { job }] of plan.entries()) bind([added[i] as ModelJob], await site.jobs.addJob(job, { trx }));
    await site.advance(wait);
  });
  site.isLocked = false;
  if (!isStored) for (const [i, { known }] of plan.entries()) if (!known) model.delete(added[i] as ModelJob);
  // The end of the transaction itself sends no event. On a server, later events wait a second for the number that it may still use.
  if (!isStored) await switchIdle(site.jobs, 1);
  // What waited for it is done at the latest with the next look.
  await site.advance(wait > 0 ? 2 * LOOK : 2_000);
}

/** Commits that send no client an event. */
async function switchIdle({ plugins }: TestJobs, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await plugins.disable('idle-1');
    await plugins.enable('idle-1');
  }
}

type OnOne = Extract<Operation, { do: 'cancel' | 'retry' | 'edit' | 'run' | 'delete' }>;

async function onOne(stage: Stage, operation: OnOne): Promise<void> {
  const { model, site } = stage;
  const { do: name, over } = operation;
  const { jobs, clock } = site;
  const fits = (job: ModelJob): boolean => {
    if (name === 'cancel') return !isFinal(job);
    if (name === 'run') return job.state === 'waiting';
    return name === 'delete' ? model.mayDelete(job) : model.mayRetry(job);
  };
  const job = chosen(stage, operation, fits);
  if (!job?.id) return;
  const { id, state } = job;
  const what = `${name} of job ${job.task.label} (${state})`;
  const isHttp = over === 'http';
  const post = (path: string, body?: object) => requested(stage, 'POST', `/api/jobs/${id}/${path}`, body);
  if (name === 'cancel') {
    const done = model.cancel(job, clock.now());
    const answer = isHttp ? await post('cancel') : await asked(() => jobs.cancelJob(id));
    if (isHttp) expectCode(what, answer, done ? null : 'NOT_CANCELLABLE');
    else if (answer.value !== done) throw new Broken(`${what} answered ${answer.value}`);
  } else if (name === 'delete') {
    const answer = isHttp ? await requested(stage, 'DELETE', `/api/jobs/${id}`) : await asked(() => jobs.deleteJob(id));
    // A waiting job may have been claimed in advance.
    const isDue = state === 'waiting' && job.dueAt <= clock.now();
    expectCode(what, answer, model.mayDelete(job) ? null : 'INVALID_STATE', ...(isDue ? ['INVALID_STATE'] : []));
    if (answer.code === null) model.delete(job);
  } else if (name === 'run') {
    const isHeld = model.isHeld(job.task.type);
    // A held job that is due may have been claimed before its type was.
    const answers = isHeld ? ['INVALID_STATE', ...(job.dueAt > clock.now() ? [] : [null])] : [null];
    if (state === 'waiting' && !isHeld) job.dueAt = 0;
    const answer = isHttp ? await post('run') : await asked(() => jobs.runJob(id));
    if (isFinal({ state })) expectCode(what, answer, 'INVALID_STATE');
    else expectCode(what, answer, ...(state === 'waiting' ? answers : [null]));
  } else {
    const may = model.mayRetry(job);
    const isEdit = name === 'edit' && job.task.label > 0;
    if (may) model.retry(job);
    if (may && isEdit) job.edits += 1;
    const body = isEdit ? { data: dataOf(job) } : {};
    const answer = isHttp ? await post('retry', body) : await asked(() => jobs.retryJob(id, body));
    expectCode(what, answer, may ? null : 'INVALID_STATE');
  }
}

async function bulk(stage: Stage, { action, type }: Extract<Operation, { do: 'bulk' }>): Promise<void> {
  const { model, site, bulks } = stage;
  // It needs a slot, and a suspect would run alone.
  if (model.runs.size >= site.slots || [...model.jobs.values()].some(({ crashes }) => crashes > 1)) return;
  // It acts on jobs that were added before it, which ids deny after the clock was set back and another process has started.
  if (model.wasSetBack && site.started > 1) return;
  const ended = ['completed', 'failed', 'cancelled'] as const;
  const status = action === 'retry' || action === 'delete' ? [...ended] : (['pending', 'parked'] as const);
  for (const job of [...model.jobs.values()].filter((one) => one.task.type === type)) {
    if (action === 'retry' && model.mayRetry(job)) model.retry(job);
    if (action === 'delete' && isFinal(job) && model.mayDelete(job)) model.delete(job);
    if (action === 'cancel' && job.state === 'waiting') model.cancel(job, site.clock.now());
    if (action === 'run' && job.state === 'waiting' && !model.isHeld(type)) job.dueAt = 0;
  }
  const answer = await requested(stage, 'POST', '/api/jobs/bulk', { action, filter: { type, status: [...status] } });
  expectCode(`bulk ${action}`, answer, null);
  bulks.add((answer.value as { id: string }).id);
}

async function off({ model, site }: Stage, { plugin, running }: Extract<Operation, { do: 'off' }>): Promise<void> {
  model.switchOff(plugin);
  const state = await site.during(site.jobs.plugins.disable(plugin, { running, timeout: 2_000 }));
  if (state !== 'off') throw new Broken(`the plugin ${plugin} is ${state}`);
}

/** Leases are renewed three times as often as they end. */
function leasesEndLater({ model: { setBack }, site }: Stage): number {
  return site.clock.steady() - setBack.at < LEASE / 3 ? setBack.by : 0;
}

async function restart(stage: Stage, dies: boolean): Promise<void> {
  const { model, site } = stage;
  const at = site.clock.now();
  const later = leasesEndLater(stage);
  const wasConnected = site.ear.isConnected;
  if (dies) {
    await site.freeze();
    model.abandon();
  } else {
    await site.ear.disconnect();
    await site.stop();
  }
  // A process takes a moment to start.
  await site.start((dies ? at : site.clock.now()) + 1);
  if (model.unsureUntil > 0) model.unsureUntil = LEASE + 7 * LOOK;
  model.setBack = { by: 0, at: 0 };
  if (wasConnected) await site.ear.connect(site.now.url, true);
  else site.ear.isElsewhere();
  if (!dies) return;
  await site.advance(LEASE + 7 * LOOK + later);
  model.leasesAreOver();
}

/** The frozen process wakes up: what it did meanwhile no longer counts. */
async function thaw({ model, site }: Stage): Promise<void> {
  const [process] = site.frozen as [Process?];
  if (!process) return;
  process.clock.jump(site.clock.now() - process.clock.now());
  for (const waiting of [...process.waiting]) waiting.end('ok');
  await site.settled();
  await site.stop(process);
  // What it may have claimed and given back is known elsewhere a little later.
  await site.advance(2 * LOOK);
  model.catchUp(site.clock.steady(), site.clock.now());
}

const nextMinute = ({ site }: Stage): number => Math.ceil((site.clock.now() + 1) / 60_000);

async function onSchedule(stage: Stage, name: Extract<Operation['do'], `${string}chedule`>): Promise<void> {
  const { model, site } = stage;
  const { jobs } = site;
  if (name === 'schedule') {
    if (model.schedule) return;
    model.schedule = { paused: false, since: nextMinute(stage) };
    await jobs.scheduleJob({ name: 'tick', schedule: '* * * * *', jobData: { type: SCHEDULED, data: {} } });
    return;
  }
  const { schedule } = model;
  if (!schedule) return;
  if (name === 'pauseSchedule') schedule.paused = true;
  if (name === 'resumeSchedule' && schedule.paused)
    Object.assign(schedule, { paused: false, since: nextMinute(stage) });
  if (name === 'removeSchedule') model.schedule = null;
  if (name === 'pauseSchedule') await jobs.schedules.pause('tick');
  if (name === 'resumeSchedule') await jobs.schedules.resume('tick');
  if (name === 'removeSchedule') await jobs.schedules.remove('tick');
  if (name !== 'runSchedule') return;
  const { id } = await jobs.schedules.run('tick');
  model.ranBeside(id, site.clock.now());
}

export async function perform(stage: Stage, operation: Operation): Promise<void> {
  const { model, site } = stage;
  const { jobs } = site;
  switch (operation.do) {
    case 'add':
      return add(stage, operation);
    case 'transact':
      return transact(stage, operation);
    case 'advance':
      return site.advance(operation.ms);
    case 'jump':
      if (operation.ms < 0) model.keepDue(site.clock.now());
      site.clock.jump(operation.ms);
      model.wasSetBack ||= operation.ms < 0;
      if (operation.ms < 0) model.setBack = { by: leasesEndLater(stage) - operation.ms, at: site.clock.steady() };
      model.unsureUntil = site.clock.steady() + LEASE + 7 * LOOK;
      return site.settled();
    case 'end':
    case 'progress': {
      const waiting = [...site.now.waiting];
      const one = waiting[operation.nth % waiting.length];
      if (operation.do === 'end') one?.end(operation.how);
      else void one?.progress().catch(() => {});
      return;
    }
    case 'cancel':
    case 'retry':
    case 'edit':
    case 'run':
    case 'delete':
      return onOne(stage, operation);
    case 'bulk':
      return bulk(stage, operation);
    case 'off':
      return off(stage, operation);
    case 'on':
      model.off.delete(operation.plugin);
      await jobs.plugins.enable(operation.plugin);
      return;
    case 'configure':
      // A restart would drain what runs.
      if ([...model.runs].some(({ job }) => PLUGIN_OF[job.task.type] === operation.plugin)) return;
      await jobs.plugins.configure(operation.plugin, {});
      return;
    case 'pause':
      model.paused.add(operation.type);
      await jobs.pauses.pause({ kind: 'type', name: operation.type });
      return;
    case 'resume':
      if (!model.paused.delete(operation.type)) return;
      if (model.schedule && operation.type === SCHEDULED) model.schedule.since = nextMinute(stage);
      await jobs.pauses.resume('type', operation.type);
      return;
    case 'schedule':
    case 'pauseSchedule':
    case 'resumeSchedule':
    case 'runSchedule':
    case 'removeSchedule':
      return onSchedule(stage, operation.do);
    case 'restart':
    case 'crash':
      return restart(stage, operation.do === 'crash');
    case 'thaw':
      return thaw(stage);
    case 'clean':
      return site.advance(RETENTION + 2 * CLEANUP);
    case 'idle':
      return switchIdle(jobs, 6);
    case 'disconnect':
      return site.ear.disconnect();
    case 'connect':
      return site.ear.connect(site.now.url, false);
    case 'replay':
      if (!site.ear.isConnected) return;
      await site.ear.catchUp(jobs.events);
      return site.ear.replay(operation.nth);
  }
}
