// Four processes with limited types, one of them killed every half a second: by a ledger outside the product, no concurrency and no rate was
// ever exceeded, and every job ran. `LIMIT_JOBS` says how many, 20,000 for a whole storm.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { findServer } from '../../../test/server/binaries.ts';
import { serverOfTest } from '../../../test/server/rig.ts';
import { bundled } from '../../../test/support/child.ts';
import { pause, systemClock } from '../../src/kernel/clock.ts';
import { LIMITED } from './limited-types.ts';
import { realCore } from './real-core.ts';

const JOBS = Number(process.env.LIMIT_JOBS ?? 800);
const PROCESSES = 4;
const PROGRAM = bundled(fileURLToPath(new URL('./limits-child.ts', import.meta.url)));

interface Run {
  type: string;
  value: string;
  /** Milliseconds of the monotonic clock. */
  from: number;
  to: number;
}

/** A run without an end was ended by the death of its process. */
function runsIn(ledger: string, deaths: ReadonlyMap<string, number>): Run[] {
  const open = new Map<string, Run>();
  const runs: Run[] = [];
  for (const line of readFileSync(ledger, 'utf8').trim().split('\n')) {
    const [kind, type = '', value = '', id, time, pid = ''] = line.split(' ');
    const at = Number(BigInt(time ?? 0) / 1_000n) / 1_000;
    const key = `${id} ${pid}`;
    if (kind === 'S') {
      const run = { type, value, from: at, to: deaths.get(pid) ?? Number.POSITIVE_INFINITY };
      open.set(key, run);
      runs.push(run);
    } else {
      const run = open.get(key);
      if (run) run.to = at;
    }
  }
  return runs.sort((a, b) => a.from - b.from);
}

function wrongIn(runs: readonly Run[]): string[] {
  const wrong: string[] = [];
  for (const [type, { concurrency = Number.POSITIVE_INFINITY, rate }] of Object.entries(LIMITED)) {
    const ofType = runs.filter((run) => run.type === type);
    for (const value of new Set(ofType.map((run) => run.value))) {
      const mine = ofType.filter((run) => run.value === value);
      for (const [i, { from }] of mine.entries()) {
        const beside = mine.filter((other) => other.from <= from && other.to > from).length;
        if (beside > concurrency) wrong.push(`${beside} of ${type} ${value} ran at once`);
        const first = rate && mine[i - rate.n];
        if (first && from - first.from < rate.per)
          wrong.push(`${rate.n + 1} of ${type} ${value} started in ${Math.round(from - first.from)} ms`);
      }
    }
  }
  return wrong;
}

async function storm(database: string, folder: string) {
  const ledger = join(folder, 'ledger');
  const deaths = new Map<string, number>();
  const core = await realCore(database, {});
  for (const [type, limit] of Object.entries(LIMITED))
    core.registry.register({ type, plugin: null, options: { limit }, enter: (fn) => fn(), processor: () => {} });
  await core.open();
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ database, ledger })], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    return child;
  };
  const children = await Promise.all(Array.from({ length: PROCESSES }, start));
  onTestFinished(() => void children.map((child) => child.kill('SIGKILL')));
  const types = Object.keys(LIMITED);
  for (let n = 0; n < JOBS; n += 50) {
    const jobs = Array.from({ length: Math.min(50, JOBS - n) }, (_, i) => ({
      type: types[(n + i) % types.length] as string,
      data: { n: n + i, tenant: `t${(n + i) % 7}` },
    }));
    await core.queue.addMany(jobs, { plugin: null });
  }
  const left = async () =>
    (await core.reads.counts()).reduce((sum, { state, n }) => sum + (state === 'completed' ? 0 : Number(n)), 0);
  let kills = 0;
  while ((await left()) > 0) {
    await pause(systemClock, 500);
    if ((await left()) === 0) break;
    const slot = kills % PROCESSES;
    const child = children[slot] as ChildProcess;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    deaths.set(String(child.pid), Number(process.hrtime.bigint() / 1_000n) / 1_000);
    kills += 1;
    children[slot] = await start();
  }
  const places = await core.ledger.dialect.reader.selectFrom('pwj_limited').select('job_id').execute();
  const done = (await core.reads.counts()).filter(({ state }) => state === 'completed');
  await core.close();
  const runs = existsSync(ledger) ? runsIn(ledger, deaths) : [];
  return {
    wrong: wrongIn(runs),
    kills,
    places: places.length,
    completed: done.reduce((sum, { n }) => sum + Number(n), 0),
  };
}

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-limits-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('on SQLite, limits hold while processes are killed', async () => {
  const folder = folderOfTest();
  const { wrong, kills, places, completed } = await storm(`sqlite:${join(folder, 'jobs.db')}`, folder);
  expect(wrong).toEqual([]);
  expect([places, completed]).toEqual([0, JOBS]);
  expect(kills).toBeGreaterThan(3);
}, 3_600_000);

test.skipIf(findServer() === undefined)(
  'on a server, limits hold while processes are killed',
  async () => {
    const folder = folderOfTest();
    const { url } = await serverOfTest({ data: join(folder, 'data') });
    const { wrong, kills, places, completed } = await storm(url, folder);
    expect(wrong).toEqual([]);
    expect([places, completed]).toEqual([0, JOBS]);
    expect(kills).toBeGreaterThan(3);
  },
  3_600_000,
);
