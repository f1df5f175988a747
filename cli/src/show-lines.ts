// One job in full, for people.

import { oneLine } from '@phraseworks/jobs/internals/base';
import {
  type Attempt,
  formatDuration,
  type HistoryEntry,
  type Job,
  type LogLine,
  type Receipt,
} from '@phraseworks/sdk';
import { stateCell, tookOf, when } from './job-lines.ts';
import type { Style } from './output.ts';
import { bar, jsonText, type Output, plainProgress } from './output.ts';

const NAMES = 10;
const DONE_SHOWN = 20;

/** `why`: what keeps a waiting job from running. */
export function jobLines(out: Output, job: Job, now: number, why: string | null): void {
  const row = (name: string, value: string | null, style?: Style): void => {
    if (value === null) return;
    const text = oneLine(value);
    out.line(`  ${name.padEnd(NAMES)} ${style ? out.style(style, text) : text}`);
  };
  const moment = (name: string, at: string | null, more = ''): void =>
    row(name, at === null ? null : `${at} (${when(now, at)}${more})`);
  const state = stateCell(job.status);
  const took = tookOf(job);
  out.line(`${out.style('bold', oneLine(job.type))}  ${out.style(state.style, state.text)}`);
  row('about', job.summary);
  row('id', job.id);
  row('plugin', job.plugin);
  row('priority', job.priority);
  row('attempt', `${job.attempt} of ${job.maxRetries + 1}${crashesOf(job)}`);
  moment('added', job.createdAt);
  row('about', job.about ? `${job.about.kind}:${job.about.id}` : null);
  row('by', job.schedule === null ? null : `the schedule ${job.schedule}`);
  moment('run at', job.status === 'pending' ? job.runAt : null);
  moment('started', job.startedAt);
  moment('finished', job.finishedAt, took === '' ? '' : `, took ${took}`);
  row('worker', job.worker);
  row('progress', job.progress && (out.terminal ? bar : plainProgress)(job.progress));
  row('why', why, 'yellow');
  row('reason', job.reason, 'yellow');
  row('error', job.error, 'red');
  row('message', job.message);
  value(out, 'data', job.data);
  if (job.result !== null) value(out, 'result', job.result);
  if (job.metrics !== null) value(out, 'metrics', job.metrics);
}

const crashesOf = ({ crashes }: Job): string =>
  crashes === 0 ? '' : `, ${crashes} ${crashes === 1 ? 'crash' : 'crashes'}`;

/** Prints a short value beside its name, a long one below it. */
function value(out: Output, name: string, given: unknown): void {
  const short = jsonText(given);
  const isShort = short.length <= 100;
  out.line(`  ${isShort ? `${name.padEnd(NAMES)} ${short}` : name}`);
  if (!isShort) for (const line of jsonText(given, 2).split('\n')) out.line(`    ${line}`);
}

const heading = (out: Output, text: string): void => {
  out.line();
  out.line(out.style('bold', text));
};

export function attemptLines(out: Output, attempts: readonly Attempt[]): void {
  if (attempts.length === 0) return;
  heading(out, 'Attempts');
  out.table(
    ['  N', 'STARTED', 'TOOK', 'OUTCOME', 'ERROR'],
    attempts.map(({ attempt, startedAt, duration, outcome, error }) => [
      `  ${attempt}`,
      startedAt,
      duration === null ? '' : formatDuration(duration),
      outcome,
      error ?? '',
    ]),
  );
}

export function historyLines(out: Output, history: readonly HistoryEntry[]): void {
  heading(out, 'History');
  for (const { at, event, attempt, reason, by, error } of history) {
    const more = [attempt > 0 ? `attempt ${attempt}` : '', reason, by && `by ${by}`, error].filter(Boolean).join(', ');
    out.line(`  ${at}  ${oneLine(`${event.replace('job_', '').padEnd(10)} ${more}`).trimEnd()}`);
  }
}

/** All unfinished receipts, and the last finished ones. */
export function receiptLines(out: Output, receipts: readonly Receipt[]): void {
  if (receipts.length === 0) return;
  const done = receipts.filter(({ state }) => state === 'done').sort((a, b) => (a.at < b.at ? -1 : 1));
  const shown = done.slice(-DONE_SHOWN);
  const more = done.length > shown.length ? `, the last ${shown.length} of ${done.length} that are done` : '';
  heading(out, `Receipts${more}`);
  out.table(
    ['  STATE', 'ATTEMPT', 'AT', 'KEY'],
    [...receipts.filter(({ state }) => state !== 'done'), ...shown].map(({ state, attempt, at, key }) => [
      state === 'uncertain' ? { text: `  ${state}`, style: 'yellow' } : `  ${state}`,
      String(attempt),
      at,
      key,
    ]),
  );
}

/** `all`: how many there are. */
export function logLines(out: Output, lines: readonly LogLine[], all: number): void {
  if (lines.length === 0) return;
  heading(out, lines.length < all ? `Log, the last ${lines.length} of ${all} lines` : 'Log');
  for (const { at, attempt, level, message } of lines)
    out.line(`  ${at}  ${attempt} ${level.padEnd(5)} ${oneLine(message)}`);
}
