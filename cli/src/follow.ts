// Follows one job until it is over or the time to wait is: its progress as a bar on a terminal, as lines elsewhere.

import {
  type Clock,
  decodeJson,
  isFinal,
  notFound,
  oneLine,
  pause,
  publicState,
} from '@phraseworks/jobs/internals/base';
import type { JobRecord } from '@phraseworks/jobs/internals/engine';
import { formatDuration, type Progress } from '@phraseworks/sdk';
import { bar, plainProgress } from './bar.ts';
import type { Client } from './client.ts';
import { stateCell } from './job-lines.ts';
import type { Output } from './output.ts';
import { obstacle } from './why-line.ts';

/** Between two looks, in milliseconds. */
const LOOK = 150;

/** A job may run for hours, but one that does not run for this long probably lacks a worker, in milliseconds. */
const IDLE = 60_000;

interface FollowDeps {
  out: Output;
  clock: Clock;
  /** Milliseconds in all; without it, the wait ends once the job has not run for a minute. */
  timeout?: number | undefined;
}

export interface Followed {
  record: JobRecord;
  /** Milliseconds after which the wait was given up; null when the job is over. */
  waitedFor: number | null;
}

/** Throws `JOB_NOT_FOUND` when the job was removed meanwhile. */
export async function follow(client: Client, id: string, { out, clock, timeout }: FollowDeps): Promise<Followed> {
  let since = clock.steady();
  let told = '';
  /** Says it once, until something else is to be said. */
  const say = (text: string, how: (text: string) => void): void => {
    if (text === told) return;
    told = text;
    how(text);
  };
  for (;;) {
    const record = await client.engine.reads.get(id);
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

/** A job whose worker was killed looks as if it ran until another worker finds it. */
const runs = ({ state, leaseUntil }: JobRecord, now: number): boolean =>
  state === 'processing' && (leaseUntil === null || leaseUntil > now);

function endLine(out: Output, { state, error, message, reason, startedAt, finishedAt }: JobRecord): void {
  const cell = stateCell(publicState(state));
  const took = startedAt !== null && finishedAt !== null ? ` in ${formatDuration(finishedAt - startedAt)}` : '';
  const said = state === 'completed' ? message : (error ?? reason);
  const coloured = typeof cell === 'string' ? cell : out.style(cell.style, cell.text);
  out.line(`${coloured}${took}${said === null ? '' : `: ${oneLine(said)}`}`);
}
