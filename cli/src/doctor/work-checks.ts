// Checks of the work: correct counts, live processes, and a process for every job.

import { type Identity, isDead } from '@phraseworks/jobs/internals/base';
import {
  type Check,
  type Dialect,
  drift,
  heldJobs,
  isDue,
  ok,
  parkedReasons,
  readyLanes,
  type SeenNode,
  seenNodes,
  warn,
} from '@phraseworks/jobs/internals/core';

export async function countsCheck(dialect: Dialect): Promise<Check> {
  const found = await drift(dialect);
  if (found.length === 0) return ok('counts', 'as many jobs are counted as are there');
  const off = found.slice(0, 5).map(({ state, type, n }) => `${type} ${state} ${n > 0 ? '+' : ''}${n}`);
  const more = found.length > off.length ? ` and ${found.length - off.length} more` : '';
  return warn(
    'counts',
    `differ from the rows: ${off.join(', ')}${more}`,
    'Run phraseworks-jobs doctor --fix to recount.',
  );
}

interface Watch {
  /** This process, to recognise dead processes of the same machine. */
  self: Identity;
  /** A process without a heartbeat for this long is dead, in milliseconds. */
  leaseDuration: number;
}

export async function nodeChecks(dialect: Dialect, now: number, { self, leaseDuration }: Watch): Promise<Check[]> {
  const gone = new Set<string>();
  const nodes = await seenNodes(dialect);
  for (const node of nodes) if (now - node.heartbeatAt > leaseDuration || (await isDead(node, self))) gone.add(node.id);
  const alive = nodes.filter(({ id }) => !gone.has(id));
  const held = await heldJobs(dialect, [...gone]);
  const here = `${alive.length} running`;
  return [
    gone.size === 0
      ? ok('processes', here)
      : warn(
          'processes',
          `${here}; ${gone.size} ended without a stop, ${held} jobs are still theirs`,
          held > 0
            ? 'Start a worker: it puts their jobs back by itself.'
            : 'Nothing: they are forgotten by themselves.',
        ),
    lanesVerdict(await readyLanes(dialect.reader), alive, await isDue(dialect, now)),
  ];
}

/** `due`: a delayed job is due; only a worker process makes it ready. */
export function lanesVerdict(ready: readonly string[], alive: readonly SeenNode[], due = false): Check {
  if (ready.length === 0 && !due) return ok('lanes', 'nothing waits');
  const all = alive.filter(({ about }) => about.roles?.includes('worker') ?? true);
  if (all.length === 0) {
    return warn('lanes', 'jobs wait, and no process works', 'phraseworks-jobs start, or phraseworks-jobs worker.');
  }
  if (ready.length === 0) return ok('lanes', 'nothing waits');
  const workers = all.filter(({ about }) => about.draining !== true);
  if (workers.length === 0) {
    return warn(
      'lanes',
      'jobs wait, and every process that works drains',
      'phraseworks-jobs drain --undo lets them claim again.',
    );
  }
  // Processes of older versions do not report their lanes.
  if (workers.some(({ about }) => about.lanes === undefined)) return ok('lanes', `jobs wait in ${ready.length}`);
  const served = new Set(workers.flatMap(({ about }) => Object.keys(about.lanes ?? {})));
  const left = ready.filter((lane) => !served.has(lane));
  if (left.length === 0) return ok('lanes', `jobs wait in ${ready.length}, all of them served`);
  return warn(
    'lanes',
    `jobs wait, and no process claims from ${left.join(', ')}`,
    'Start a worker for them (worker --lanes), or switch on the plugin that they belong to.',
  );
}

export async function parkedCheck(dialect: Dialect): Promise<Check> {
  return parkedVerdict(await parkedReasons(dialect));
}

/** Pure. */
export function parkedVerdict(reasons: ReadonlyMap<string, number>): Check {
  const words = [...reasons].map(([reason, n]) => `${n} ${reason}`).join(', ');
  const stranded = (reasons.get('no_processor') ?? 0) + (reasons.get('plugin_failed') ?? 0);
  if (stranded === 0) return ok('parked', words === '' ? 'none' : words);
  return warn(
    'parked',
    words,
    'No process can run some of them: see phraseworks-jobs plugins, and phraseworks-jobs why ID.',
  );
}
