// Follows one job until it finishes or the time is up; shows its progress as a bar on a terminal and as lines elsewhere.
import { type Clock, isFinal, notFound, oneLine, pause } from '@phraseworks/jobs/internals/base';
import type { Job } from '@phraseworks/sdk';
import type { Client } from './client.ts';
import { obstacle } from './job.ts';
import { stateCell, tookOf } from './job-lines.ts';
import type { Output } from './output.ts';
import { bar, plainProgress } from './output.ts';

/** Milliseconds between two polls. */
const LOOK = 150;

/** Milliseconds: a job that has not run for this long probably lacks a worker. */
const IDLE = 60_000;

interface FollowDeps {
  out: Output;
  clock: Clock;
  /** Milliseconds in all; without it, the wait ends once the job has not run for a minute. */
  timeout?: number | undefined;
}

export interface Followed {
  job: Job;
  /** Milliseconds after which the wait ended; null if the job has finished. */
  waitedFor: number | null;
}

/** Throws `JOB_NOT_FOUND` if the job is removed meanwhile. */
export async function follow(client: Client, id: string, { out, clock, timeout }: FollowDeps): Promise<Followed> {
  let since = clock.steady();
  let last = '';
  /** Skips a line that repeats the last one. */
  const say = (text: string, how: (text: string) => void): void => {
    if (text === last) return;
    last = text;
    how(text);
  };
  for (;;) {
    const job = await client.jobs.getJobStatus(id);
    if (!job) throw notFound();
    const { status, progress, attempt, error } = job;
    if (isFinal(status)) {
      endLine(out, job);
      return { job, waitedFor: null };
    }
    if (timeout === undefined && status === 'processing' && (await isHeld(client, id))) since = clock.steady();
    if (status === 'processing') {
      if (progress && out.terminal) out.passing(bar(progress));
      else if (progress) say(plainProgress(progress), (text) => out.line(text));
      else say(`attempt ${attempt} of ${job.maxRetries + 1}`, (text) => out.line(text));
    } else if (error !== null) {
      say(oneLine(`attempt ${attempt} failed: ${error}`), (text) => out.line(text));
    } else {
      const why = await obstacle(client, job);
      if (why !== null) say(why, (text) => out.note(text));
    }
    const left = since + (timeout ?? IDLE) - clock.steady();
    if (left <= 0) {
      out.clear();
      return { job, waitedFor: timeout ?? IDLE };
    }
    await pause(clock, Math.min(LOOK, left));
  }
}

/** A job whose worker was killed seems to run until another worker finds it. */
async function isHeld({ core }: Client, id: string): Promise<boolean> {
  const { leaseUntil = null } = (await core.reads.get(id)) ?? {};
  return leaseUntil === null || leaseUntil > core.now();
}

function endLine(out: Output, job: Job): void {
  const { status, error, message, reason } = job;
  const cell = stateCell(status);
  const took = tookOf(job);
  const said = status === 'completed' ? message : (error ?? reason);
  out.line(
    `${out.style(cell.style, cell.text)}${took === '' ? '' : ` in ${took}`}${said === null ? '' : `: ${oneLine(said)}`}`,
  );
}
