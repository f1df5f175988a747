// Checks of the work: correct counts, live processes, and a worker for every job.
import { type Identity, isDead } from '@phraseworks/jobs/internals/base';
import { type Dialect, readyLanes, runningOn, type SeenNode, seenNodes } from '@phraseworks/jobs/internals/core';
import { sql } from 'kysely';
import { type Check, ok, warn } from './diagnosis.ts';

export async function countsCheck(dialect: Dialect): Promise<Check> {
  const found = await drift(dialect);
  if (found.length === 0) return ok('counts', 'they match the rows');
  const off = found.slice(0, 5).map(({ state, type, n }) => `${type} ${state} ${n > 0 ? '+' : ''}${n}`);
  const more = found.length > off.length ? ` and ${found.length - off.length} more` : '';
  return warn(
    'counts',
    `differ from the rows: ${off.join(', ')}${more}`,
    'Run phraseworks-jobs doctor --fix to recount.',
  );
}

interface Drift {
  state: string;
  type: string;
  /** The count minus the rows. */
  n: number;
}

/** Counts that differ from the rows. A single statement, so that both are from the same moment; it reads every row. */
export async function drift({ reader }: Dialect): Promise<Drift[]> {
  const { rows } = await sql<Drift>`
    select state, type, sum(n) as n from (
      select state, type, n from pwj_counts
      union all
      select state, type, -1 * count(*) as n from pwj_jobs group by state, type
    ) as both_sides group by state, type having sum(n) <> 0 order by state, type`.execute(reader);
  return rows.map(({ state, type, n }) => ({ state, type, n: Number(n) }));
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
  const { n: held } = await runningOn(dialect, [...gone], 1);
  const here = `${alive.length} running`;
  return [
    gone.size === 0
      ? ok('processes', here)
      : warn(
          'processes',
          `${here}; ${gone.size} ended without stopping properly and still hold ${held} jobs`,
          held > 0 ? 'Start a worker: it returns their jobs to the queue.' : 'Nothing: they disappear by themselves.',
        ),
    ...pluginsVerdict(alive),
    lanesVerdict(await readyLanes(dialect.reader), alive, await isDue(dialect, now)),
  ];
}

/** A plugin that failed in some processes only parks no jobs, and `plugins` of another process shows it as on. */
export function pluginsVerdict(alive: readonly SeenNode[]): Check[] {
  const failed = new Map<string, SeenNode[]>();
  for (const node of alive)
    for (const [name, state] of Object.entries(node.about.plugins ?? {}))
      if (state === 'failed') failed.set(name, [...(failed.get(name) ?? []), node]);
  if (failed.size === 0) return [];
  const words = [...failed].map(([name, nodes]) => `${name} in ${nodes.length} of ${alive.length} processes`);
  const first = [...failed.values()].flat()[0];
  const where = `the process ${first?.pid}${first?.about.hostname ? ` on ${first.about.hostname}` : ''}`;
  return [warn('plugins', `failed: ${words.join(', ')}`, `The log of ${where} has the reason.`)];
}

/** Is a delayed job due? */
async function isDue({ reader }: Dialect, now: number): Promise<boolean> {
  const rows = await reader.selectFrom('pwj_jobs').select('id').where('due_at', '<=', now).limit(1).execute();
  return rows.length > 0;
}

/** `due`: a delayed job is due; only a worker process makes it ready. */
export function lanesVerdict(ready: readonly string[], alive: readonly SeenNode[], due = false): Check {
  if (ready.length === 0 && !due) return ok('lanes', 'no jobs are waiting');
  const all = alive.filter(({ about }) => about.roles?.includes('worker') ?? true);
  if (all.length === 0) {
    return warn(
      'lanes',
      'jobs are waiting, but no process is running',
      'phraseworks-jobs start, or phraseworks-jobs worker.',
    );
  }
  if (ready.length === 0) return ok('lanes', 'no jobs are waiting');
  // A damaged report names no lanes.
  if (all.some(({ about }) => about.lanes === undefined)) return ok('lanes', `${ready.length} with waiting jobs`);
  const served = new Set(all.flatMap(({ about }) => Object.keys(about.lanes ?? {})));
  const left = ready.filter((lane) => !served.has(lane));
  if (left.length === 0) return ok('lanes', `${ready.length} with waiting jobs, each served by a process`);
  return warn(
    'lanes',
    `jobs are waiting, but no process claims from ${left.join(', ')}`,
    'Start a worker for them (worker --lanes), or enable their plugin.',
  );
}

export async function parkedCheck(dialect: Dialect): Promise<Check> {
  return parkedVerdict(await parkedReasons(dialect));
}

/** Parked jobs by their reason. */
export async function parkedReasons({ reader }: Dialect): Promise<ReadonlyMap<string, number>> {
  const rows = await reader
    .selectFrom('pwj_jobs')
    .select((e) => ['reason', e.fn.countAll<number>().as('n')])
    .where('state', '=', 'parked')
    .groupBy('reason')
    .execute();
  return new Map(rows.map(({ reason, n }) => [reason ?? 'unknown', Number(n)]));
}

/** These do not end by themselves. */
const STRANDED = ['no_processor', 'plugin_failed', 'data_version'];

/** Pure. */
export function parkedVerdict(reasons: ReadonlyMap<string, number>): Check {
  const words = [...reasons].map(([reason, n]) => `${n} ${reason}`).join(', ');
  const stranded = STRANDED.reduce((sum, reason) => sum + (reasons.get(reason) ?? 0), 0);
  if (stranded === 0) return ok('parked', words === '' ? 'none' : words);
  return warn(
    'parked',
    words,
    'No process can run some of them: see phraseworks-jobs plugins, and phraseworks-jobs why ID.',
  );
}
