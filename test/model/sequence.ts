// Runs a sequence, and after each operation compares everything that outsiders may see with the model.
import type { HistoryEntry, Job, JobState } from '@phraseworks/sdk';
import type { SequenceDatabase } from './database.ts';
import { Broken, isFinal, Model, type ModelJob } from './model.ts';
import { type Operation, type Sequence, TYPES } from './operations.ts';
import { perform, type Stage } from './perform.ts';
import { RETENTION, Site } from './site.ts';

export interface Failure {
  /** Of the operation after which it showed. */
  step: number;
  message: string;
}

/** Null if every promise was kept. */
export async function run(database: SequenceDatabase, { slots, operations }: Sequence): Promise<Failure | null> {
  let step = -1;
  try {
    await database.empty();
    const model = new Model();
    await using site = new Site(model, database.url, slots);
    const stage: Stage = { model, site, database, bulks: new Set() };
    const seen = new Map<number, string>();
    await site.start();
    await site.ear.connect(site.now.url, true);
    for (const operation of operations) {
      step += 1;
      const before = site.clock.now();
      await perform(stage, operation);
      await site.advance(0);
      if (model.broken) throw model.broken;
      await check(stage, operation, before, seen);
    }
    return null;
  } catch (error) {
    return { step, message: error instanceof Broken ? error.message : `${(error as Error)?.stack ?? error}` };
  }
}

async function check(stage: Stage, operation: Operation, before: number, seen: Map<number, string>): Promise<void> {
  const { model, site } = stage;
  const now = site.clock.now();
  model.catchUp(site.clock.steady(), now);
  model.expired = Math.max(model.expired, now - RETENTION);
  const listed = await listing(stage);
  checkJobs(stage, listed, now);
  await checkCounts(stage, listed);
  checkStarts(stage, listed, operation, { before, now });
  if (site.ear.isConnected) await site.ear.catchUp(site.jobs.events);
  for (const job of model.jobs.values()) {
    const shown = listed.get(job.id ?? '');
    const now = shown && `${shown.status} ${shown.attempt} ${job.begun} ${job.recorded} ${job.state}`;
    if (!shown || seen.get(job.task.label) === now) continue;
    seen.set(job.task.label, now as string);
    await checkHistory(stage, job, shown.status);
  }
  model.rest(now, site.clock.steady(), (job) => listed.get(job.id ?? '')?.status === 'processing');
}

/** All jobs but the bulk actions, by id. */
async function listing({ site, bulks }: Stage): Promise<Map<string, Job>> {
  const all = new Map<string, Job>();
  let cursor: string | null | undefined;
  do {
    const page = await site.jobs.listJobs({ limit: 100, ...(cursor ? { cursor } : {}) });
    for (const job of page.jobs) if (!bulks.has(job.id)) all.set(job.id, job as Job);
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}

function checkJobs({ model }: Stage, listed: ReadonlyMap<string, Job>, now: number): void {
  for (const job of listed.values())
    if (!model.byId(job.id)) {
      if (job.schedule === null) throw new Broken(`a ${job.type} job is there that no step added`);
      model.meet(job.id, Date.parse(job.createdAt));
    }
  model.explain(({ id }) => {
    const job = listed.get(id ?? '');
    return job && Date.parse(job.createdAt);
  });
  if (model.broken) throw model.broken;
  for (const job of [...model.jobs.values()]) {
    const what = `job ${job.task.label} (${job.task.type})`;
    const shown = listed.get(job.id ?? '');
    if (!shown) {
      if (!isFinal(job) || job.finishedAt > model.expired)
        throw new Broken(`${what} is gone; it should be ${job.state}`);
      model.delete(job);
      continue;
    }
    const may = model.shown(job);
    // Claimed in advance, and not begun. If its type is held meanwhile, it goes back a moment later.
    const mayBeClaimed = job.state === 'waiting' && job.dueAt <= now && (job.claimed || !model.isHeld(job.task.type));
    const isClaimed = mayBeClaimed && shown.status === 'processing' && shown.attempt === job.attempt + 1;
    if (!isClaimed && !may.includes(shown.status))
      throw new Broken(`${what} is ${shown.status}; it should be ${may.join(' or ')}`);
    if (String(shown) !== shown.status) throw new Broken(`${what} is ${shown.status} and says ${String(shown)}`);
    if (!isClaimed && shown.attempt !== job.attempt && !(job.unsure && job.state === 'cancelled'))
      throw new Broken(`${what} shows attempt ${shown.attempt} instead of ${job.attempt}`);
    if (
      shown.status === 'completed' &&
      shown.type !== 'tick' &&
      (shown.result as { label: number } | null)?.label !== job.task.label
    )
      throw new Broken(`${what} has the result of another job`);
    if (job.effects > 1 && !job.unsure) throw new Broken(`${what} had its effect ${job.effects} times`);
  }
}

/** The numbers are those of the list. */
async function checkCounts({ site, bulks }: Stage, listed: ReadonlyMap<string, Job>): Promise<void> {
  const metrics = await site.jobs.getQueueMetrics();
  const states: JobState[] = ['pending', 'processing', 'completed', 'failed', 'cancelled', 'parked'];
  for (const type of TYPES) {
    const jobs = [...listed.values()].filter((job) => job.type === type);
    for (const state of states) {
      const n = jobs.filter(({ status }) => status === state).length;
      const counted = metrics.types[type]?.[state] ?? 0;
      if (counted !== n) throw new Broken(`${n} jobs of the type ${type} are ${state}, and ${counted} are counted`);
    }
  }
  const sum = states.reduce((all, state) => all + metrics[state], 0);
  if (sum !== metrics.total) throw new Broken(`the counts are ${sum} in all, and the total is ${metrics.total}`);
  if (metrics.total < listed.size || metrics.total > listed.size + bulks.size)
    throw new Broken(`${listed.size} jobs are listed, and ${metrics.total} counted`);
}

/** Nothing waits while there is room for it, and every minute of a schedule has its job. */
function checkStarts(
  { model, site }: Stage,
  listed: ReadonlyMap<string, Job>,
  operation: Operation,
  { before, now }: { before: number; now: number },
): void {
  if (site.clock.steady() < model.unsureUntil) return;
  const isAlone = [...model.jobs.values()].some(({ crashes }) => crashes > 1);
  if (model.runs.size < site.slots && !isAlone && site.frozen.length === 0)
    for (const job of model.jobs.values()) {
      const { type, label } = job.task;
      const hasRoom = type !== 'solo' || ![...model.runs].some((run) => run.job.task.type === 'solo');
      if (hasRoom && model.isReady(job, now))
        throw new Broken(
          `job ${label} (${type}, ${listed.get(job.id ?? '')?.status}) does not start, though there is room for it`,
        );
    }
  if (operation.do !== 'advance' || !model.schedule || model.isSchedulePaused) return;
  const from = Math.max(Math.floor(before / 60_000) + 1, model.schedule.since);
  for (let minute = from; minute * 60_000 <= now; minute += 1)
    if (!model.fired.has(minute)) throw new Broken('a schedule missed a minute');
}

/** From which state each entry leads, and to which. */
const STEPS: Record<string, readonly [from: readonly JobState[], to: JobState]> = {
  job_started: [['pending'], 'processing'],
  job_completed: [['processing'], 'completed'],
  job_failed: [['processing'], 'failed'],
  job_retry: [['processing'], 'pending'],
  job_snoozed: [['processing'], 'pending'],
  job_released: [['processing', 'pending'], 'pending'],
  job_cancelled: [['pending', 'processing'], 'cancelled'],
  job_requeued: [['completed', 'failed', 'cancelled'], 'pending'],
};

const said = (history: readonly HistoryEntry[]): string => history.map(({ event }) => event.slice(4)).join(', ');

async function checkHistory(stage: Stage, job: ModelJob, status: JobState): Promise<void> {
  const { model, site } = stage;
  const id = job.id as string;
  const what = `job ${job.task.label} (${job.task.type})`;
  const [history, attempts] = [await site.jobs.getJobHistory(id), await site.jobs.getJobAttempts(id)];
  // Two processes with different clocks cannot tell which of them was first.
  if (model.wasSetBack && site.started > 1) return;
  let state: JobState = 'pending';
  let at = '';
  for (const [n, entry] of history.entries()) {
    const step = STEPS[entry.event];
    const isFirst = n === 0 && entry.event === 'job_added';
    if (!isFirst && !step?.[0].includes(state))
      throw new Broken(`the history of ${what} has ${entry.event} while it is ${state}: ${said(history)}`);
    if (step) state = step[1];
    if (entry.status !== state)
      throw new Broken(`the history of ${what} is ${entry.status} after ${entry.event}: ${said(history)}`);
    if (entry.at < at && model.unsureUntil === 0)
      throw new Broken(`the history of ${what} goes back in time: ${said(history)}`);
    at = entry.at;
  }
  // A waiting job shows as parked while its type is held.
  if (state !== status && !(state === 'pending' && status === 'parked'))
    throw new Broken(`${what} is ${status}, and its history ends ${state}: ${said(history)}`);
  const ended = attempts.filter(({ outcome }) => outcome !== 'running');
  // Of a job that was cancelled while it ran, the attempt may be recorded before its processor has ended.
  if (ended.length !== job.recorded && !job.unsure && !job.ending)
    throw new Broken(`${job.recorded} attempts of ${what} have ended, and ${ended.length} are recorded`);
  checkEvents(stage, job, history);
}

/** Clients received what the history says, in its order. */
function checkEvents({ site }: Stage, job: ModelJob, history: readonly HistoryEntry[]): void {
  const { id, task, unsure } = job;
  // The history records an attempt that was cancelled once it has ended.
  if (!site.ear.isConnected || job.ending) return;
  const heard = site.ear.heard.flatMap(({ data }) =>
    data.jobId === id && data.event !== 'job_progress' ? [data.event] : [],
  );
  const told = history.flatMap(({ event }) => {
    if (event === 'job_requeued') return ['job_added'];
    return event === 'job_released' || event === 'job_snoozed' ? [] : [event];
  });
  const isSame = JSON.stringify(heard) === JSON.stringify(told);
  // The start of an attempt that was given back, or whose type was held before it began, is no longer in the history.
  const isReleased = history.some(({ event }) => event === 'job_released');
  const without = (list: readonly string[]) => JSON.stringify(list.filter((event) => event !== 'job_started'));
  if (!isSame && !(isReleased && without(heard) === without(told)) && !unsure)
    throw new Broken(
      `of job ${task.label} (${task.type}) clients heard ${heard.join(', ')}; its history is ${said(history)}`,
    );
}
