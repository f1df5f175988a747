// A screen of `top` as lines. Pure.
import type { Job } from '@phraseworks/sdk';
import { formatDuration } from '@phraseworks/sdk';
import { iso, msOf } from '../clock.ts';
import { isJobState, STATES } from '../jobs/lifecycle.ts';
import { oneLine } from '../logger.ts';
import { bar } from './bar.ts';
import { ago, shortId, stateCell } from './job-lines.ts';
import { type Cell, cut, type Style, tableLines } from './table.ts';
import type { TopFacts } from './top-facts.ts';
import type { Rates } from './top-rates.ts';

export interface TopLook {
  /** Of the terminal; without them nothing is cut. */
  width: number | undefined;
  height: number | undefined;
  style: (style: Style, text: string) => string;
}

/** Lines that do not belong to a list: the head, the counts, and what stands around three lists. */
const AROUND = 13;
const FAILURES = 5;
const NODES = 8;

/** `hint`: what stands at the end of the head. */
export function topLines(facts: TopFacts, rates: Rates, hint: string, look: TopLook): string[] {
  const nodes = Math.min(Math.max(facts.nodes.length, 1), NODES);
  const failures = Math.min(facts.failures.length, FAILURES);
  const room = look.height === undefined ? Number.POSITIVE_INFINITY : look.height - AROUND - nodes - failures;
  const lists = [
    section('Running', runningTable(facts), Math.max(room, 1), facts.counts.processing, look),
    section('Newest failures', failureTable(facts), FAILURES, facts.counts.failed, look),
    section('Processes', nodeTable(facts), NODES, facts.nodes.length, look),
  ];
  const lines = [headLine(facts, hint, look), countLine(facts, rates, look), ...lists.flat()];
  return look.height === undefined ? lines : lines.slice(0, look.height);
}

function headLine({ engine, location, at }: TopFacts, hint: string, { width, style }: TopLook): string {
  const title = 'PhraseWorks Jobs';
  const rest = cut(
    `   ${engine} ${location}   ${iso(at).slice(11, 19)} UTC   ${hint}`.trimEnd(),
    (width ?? 1_000) - title.length,
  );
  return `${style('bold', title)}${rest}`;
}

function countLine({ counts }: TopFacts, rates: Rates, { style }: TopLook): string {
  const parts = STATES.filter(isJobState).map((state) => {
    const rate = rates && state in rates ? rates[state as keyof typeof rates] : 0;
    const cell = stateCell(state);
    const text = `${state} ${counts[state]}${rate > 0 ? ` (${rate}/s)` : ''}`;
    return counts[state] === 0 || typeof cell === 'string' ? text : style(cell.style, text);
  });
  return parts.join('  ');
}

interface Table {
  head: readonly string[];
  rows: Cell[][];
  /** In its place when there is no row. */
  empty: string;
}

function section(title: string, { head, rows, empty }: Table, most: number, all: number, look: TopLook): string[] {
  const shown = rows.slice(0, most);
  const more = all > shown.length && shown.length > 0 ? `, ${shown.length} of ${all}` : '';
  const lines = shown.length === 0 ? [empty] : tableLines(head, shown, look);
  return ['', look.style('bold', `${title}${more}`), ...lines];
}

function runningTable({ running, at }: TopFacts): Table {
  return {
    head: ['ID', 'TYPE', 'ATTEMPT', 'FOR', 'WORKER', 'PROGRESS'],
    rows: running.map((job) => [
      shortId(job.id),
      job.type,
      `${job.attempt}/${job.maxRetries + 1}`,
      job.startedAt === null ? '' : formatDuration(Math.max(at - msOf(job.startedAt), 0)),
      job.worker === null ? '' : shortId(job.worker),
      job.progress ? bar(job.progress) : oneLine(job.summary ?? ''),
    ]),
    empty: 'Nothing runs.',
  };
}

function failureTable({ failures, at }: TopFacts): Table {
  return {
    head: ['ID', 'TYPE', 'FAILED', 'ATTEMPT', 'ERROR'],
    rows: failures.map((job) => [
      shortId(job.id),
      job.type,
      job.finishedAt === null ? '' : ago(at, job.finishedAt),
      `${job.attempt}/${job.maxRetries + 1}`,
      { text: said(job), style: 'red' },
    ]),
    empty: 'None.',
  };
}

const said = ({ error, reason }: Job): string => oneLine(error ?? reason ?? '');

function nodeTable({ nodes, at }: TopFacts): Table {
  return {
    head: ['ID', 'HOST', 'PID', 'ROLES', 'RUNNING', 'STATE', 'HEARTBEAT'],
    rows: nodes.map(({ id, pid, about, silent, heartbeatAt }) => [
      shortId(id),
      about.hostname ?? '-',
      String(pid),
      about.roles?.join('+') ?? '-',
      about.running === undefined ? '-' : `${about.running}/${about.slots ?? '?'}`,
      silent
        ? { text: 'silent', style: 'red' }
        : about.draining
          ? { text: 'draining', style: 'yellow' }
          : { text: 'up', style: 'green' },
      ago(at, heartbeatAt),
    ]),
    empty: 'No process has signed on: nothing runs jobs.',
  };
}
