// Follows one job until it finishes or the time is up; shows its progress as a bar on a terminal and as lines elsewhere.

import {
  type Clock,
  decodeJson,
  isFinal,
  notFound,
  oneLine,
  pause,
  publicState,
} from '@phraseworks/jobs/internals/base';
import type { JobRecord } from '@phraseworks/jobs/internals/core';
import { formatDuration, type Progress } from '@phraseworks/sdk';
import type { Client } from './client.ts';
import { obstacle } from './job.ts';
import { stateCell } from './job-lines.ts';
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
  record: JobRecord;
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
    const record = await client.core.reads.get(id);
    if (!record) throw notFound();
    const state = publicState(record.state);
    if (isFinal(state)) {
      endLine(out, record);
      return { record, waitedFor: null };
    }
    if (timeout === undefined && runs(record, clock.now())) since = clock.steady();
    if (state === 'processing') {
      const progress = record.progress === null ? null : (decodeJson(record.progress) as Progress | undefined);
      if (progress && out.terminal) out.passing(bar(progress));
      else if (progress) say(plainProgress(progress), (text) => out.line(text));
      else say(`attempt ${record.attempt} of ${record.maxRetries + 1}`, (text) => out.line(text));
    } else if (record.error !== null) {
      say(oneLine(`attempt ${record.attempt} failed: ${record.error}`), (text) => out.line(text));
    } else {
      const why = await obstacle(client, record);
      if (why !== null) say(why, (text) => out.note(text));
    }
    const left = since + (timeout ?? IDLE) - clock.steady();
    if (left <= 0) {
      out.clear();
      return { record, waitedFor: timeout ?? IDLE };
    }
    await pause(clock, Math.min(LOOK, left));
  }
}

/** A job whose worker was killed seems to run until another worker finds it. */
const runs = ({ state, leaseUntil }: JobRecord, now: number): boolean =>
  state === 'processing' && (leaseUntil === null || leaseUntil > now);

function endLine(out: Output, { state, error, message, reason, startedAt, finishedAt }: JobRecord): void {
  const cell = stateCell(publicState(state));
  const took = startedAt !== null && finishedAt !== null ? ` in ${formatDuration(finishedAt - startedAt)}` : '';
  const said = state === 'completed' ? message : (error ?? reason);
  out.line(`${out.style(cell.style, cell.text)}${took}${said === null ? '' : `: ${oneLine(said)}`}`);
}
