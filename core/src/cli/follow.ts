// Follows one job until it is over: its progress as a bar on a terminal, as lines elsewhere.
import { formatDuration, type Progress } from '@phraseworks/sdk';
import { type Clock, pause } from '../clock.ts';
import { notFound } from '../errors.ts';
import { isFinal, publicState } from '../jobs/lifecycle.ts';
import type { JobRecord } from '../jobs/record.ts';
import { decodeJson } from '../json.ts';
import { oneLine } from '../logger.ts';
import { bar, plainProgress } from './bar.ts';
import type { Client } from './client.ts';
import { stateCell } from './job-lines.ts';
import type { Output } from './output.ts';
import { obstacle } from './why-line.ts';

/** Between two looks, in milliseconds. */
const LOOK = 150;

interface FollowDeps {
  out: Output;
  clock: Clock;
}

/** Resolves with the job as it ended. Throws `JOB_NOT_FOUND` when it was removed meanwhile. */
export async function follow(client: Client, id: string, { out, clock }: FollowDeps): Promise<JobRecord> {
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
      return record;
    }
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
    await pause(clock, LOOK);
  }
}

function endLine(out: Output, { state, error, message, reason, startedAt, finishedAt }: JobRecord): void {
  const cell = stateCell(publicState(state));
  const took = startedAt !== null && finishedAt !== null ? ` in ${formatDuration(finishedAt - startedAt)}` : '';
  const said = state === 'completed' ? message : (error ?? reason);
  const coloured = typeof cell === 'string' ? cell : out.style(cell.style, cell.text);
  out.line(`${coloured}${took}${said === null ? '' : `: ${oneLine(said)}`}`);
}
