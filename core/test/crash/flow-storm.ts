// A storm over jobs that know of each other: four processes run them and are killed again and again. What they noted is held against the promises.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause, systemClock, systemRandom } from '../../src/kernel/clock.ts';
import type { Dialect } from '../../src/store/dialect.ts';
import { openDatabase } from '../../src/store/open.ts';
import { Children, type Orders } from './children.ts';
import { FLOW } from './flow-types.ts';

/** `control`: without keys and limits, so that this run has to fail. */
export interface FlowOrders extends Omit<Orders, 'poison' | 'sweepInterval'> {
  /** Jobs that a producer adds before it waits for `pace` milliseconds. */
  burst: number;
}

export interface FlowStorm {
  database: string;
  jobs: number;
  kills: number;
  /** Milliseconds between the kills. */
  every: number;
  control?: boolean;
}

export interface FlowFindings {
  added: number;
  /** Jobs that were added by their answers, but have not ended. */
  lost: number;
  /** Stored jobs that no answer named. */
  unknown: number;
  /** Starts that were one too many, by type. */
  tooMany: Record<string, number>;
  tooOften: Record<string, number>;
  outOfOrder: number;
  /** Keys whose last run had older data than the last addition. */
  stale: number;
  /** Rows that only jobs which have not ended have. */
  left: number;
  repeated: number;
  kills: number;
  failed: number;
  seconds: number;
}

export async function flowStorm({ database, jobs, kills, every, control = false }: FlowStorm): Promise<FlowFindings> {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-flow-'));
  const ledger = join(folder, 'ledger');
  const children = new Children<FlowOrders>(new URL('./flow-child.ts', import.meta.url));
  const order = (role: FlowOrders['role'], slot: number) =>
    children.start({ role, database, ledger, control, slot, jobs: jobs / 2, burst: 200, pace: 200 });
  try {
    const begun = performance.now();
    const dialect = await openDatabase(database, systemClock, systemRandom);
    const producersOf = () => Promise.all([0, 1].map((slot) => order('producer', slot)));
    // The control runs jobs that are all there, so that no slow machine keeps the rates for it.
    const early = control ? await producersOf() : [];
    while (early.some(({ exitCode }) => exitCode === null)) await pause(systemClock, 50);
    const workers = await Promise.all([0, 1, 2, 3].map((slot) => order('worker', slot)));
    const producers = control ? early : await producersOf();
    for (let n = 0; n < kills; n += 1) {
      await pause(systemClock, every);
      const slot = n % workers.length;
      await children.kill(workers[slot] as ChildProcess);
      workers[slot] = await order('worker', slot);
    }
    while (producers.some(({ exitCode }) => exitCode === null) || !(await isOver(dialect)))
      await pause(systemClock, 200);
    await children.killAll();
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    const found = await examine(readFileSync(ledger, 'utf8').trim().split('\n'), children.deaths, dialect);
    await dialect.close();
    return { ...found, kills, failed: children.failed, seconds };
  } finally {
    await children.killAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

const OVER = ['completed', 'failed', 'cancelled'];

async function isOver({ reader }: Dialect): Promise<boolean> {
  const { n } = await reader
    .selectFrom('pwj_jobs')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('state', 'not in', OVER as never)
    .executeTakeFirstOrThrow();
  return Number(n) === 0;
}

interface Run {
  id: string;
  key: string;
  n: number;
  from: bigint;
  to: bigint;
}

async function examine(lines: readonly string[], deaths: ReadonlyMap<number, bigint>, dialect: Dialect) {
  const rows = await dialect.reader.selectFrom('pwj_jobs').select(['id', 'state']).execute();
  const states = new Map(rows.map(({ id, state }) => [id, state as string]));
  const added = new Set<string>();
  const last = new Map<string, number>();
  const runs = new Map<string, Run[]>();
  const open = new Map<string, Run>();
  for (const line of lines) {
    const [mark = '', id = '', type = '', key = '', n = '0', ...rest] = line.split(' ');
    const [pid = '0', at = '0'] = [rest.at(-1), rest.at(-2)];
    if (mark === 'A') {
      if (rest[0] === 'added') added.add(id);
      last.set(`${type} ${key}`, Number(n));
    } else if (mark === 'R') {
      const run = { id, key, n: Number(n), from: BigInt(at), to: deaths.get(Number(pid)) ?? BigInt(at) };
      open.set(`${id} ${pid}`, run);
      const list = runs.get(type);
      if (list) list.push(run);
      else runs.set(type, [run]);
    } else {
      const run = open.get(`${id} ${pid}`);
      if (run) run.to = BigInt(at);
    }
  }
  const tooMany: Record<string, number> = {};
  const tooOften: Record<string, number> = {};
  let outOfOrder = 0;
  let stale = 0;
  let repeated = 0;
  for (const [type, all] of runs) {
    const { atOnce, starts, inOrder, latest } = FLOW[type] as (typeof FLOW)[string];
    repeated += all.length - new Set(all.map(({ id }) => id)).size;
    if (atOnce)
      for (const group of grouped(all, atOnce.by).values())
        tooMany[type] = (tooMany[type] ?? 0) + overlaps(group, atOnce.most);
    if (starts)
      for (const group of grouped(all, starts.by).values())
        tooOften[type] = (tooOften[type] ?? 0) + crowded(group, starts.most, BigInt(starts.within) * 1_000_000n);
    for (const [key, group] of grouped(all, 'key')) {
      const byStart = group.sort((a, b) => (a.from < b.from ? -1 : 1)).map(({ n }) => n);
      if (inOrder) outOfOrder += byStart.filter((n, i) => n < (byStart[i - 1] ?? 0)).length;
      if (latest && byStart.at(-1) !== last.get(`${type} ${key}`)) stale += 1;
    }
  }
  return {
    added: added.size,
    lost: [...added].filter((id) => !OVER.includes(states.get(id) ?? '')).length,
    unknown: rows.filter(({ id }) => !added.has(id)).length,
    tooMany,
    tooOften,
    outOfOrder,
    stale,
    left: await leftOver(dialect),
    repeated,
  };
}

function grouped(runs: readonly Run[], by: 'key' | 'type'): Map<string, Run[]> {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const name = by === 'key' ? run.key : '';
    groups.set(name, [...(groups.get(name) ?? []), run]);
  }
  return groups;
}

/** Starts at which more than `most` ran. */
function overlaps(runs: readonly Run[], most: number): number {
  const moments = runs.flatMap(({ from, to }) => [
    { at: from, step: 1 },
    { at: to, step: -1 },
  ]);
  moments.sort((a, b) => (a.at === b.at ? a.step - b.step : a.at < b.at ? -1 : 1));
  let now = 0;
  let wrong = 0;
  for (const { step } of moments) {
    now += step;
    if (step > 0 && now > most) wrong += 1;
  }
  return wrong;
}

/** Starts that come within `within` nanoseconds after the one `most` before them. */
function crowded(runs: readonly Run[], most: number, within: bigint): number {
  const starts = runs.map(({ from }) => from).sort((a, b) => (a < b ? -1 : 1));
  return starts.filter((at, i) => i >= most && at - (starts[i - most] as bigint) < within).length;
}

async function leftOver({ reader }: Dialect): Promise<number> {
  return (await reader.selectFrom('pwj_key_heads').select('name').execute()).length;
}
