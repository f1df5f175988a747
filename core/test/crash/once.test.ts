// job.once() and SIGKILL: effects are not repeated, and uncertain ones are reported.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { serverOfTest } from '../../../test/server/rig.ts';
import { seeded } from '../../../test/server/seeded.ts';
import { startChild } from '../../../test/support/child.ts';
import { systemClock, systemRandom } from '../../src/kernel/clock.ts';
import { JobReads } from '../../src/store/job-reads.ts';
import { openDatabase } from '../../src/store/open.ts';
import type { Letters } from './once-child.ts';

const CHILD = '../../core/test/crash/once-child.ts';

/** Where the letters go, and how often each was written. */
function desk() {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-once-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const effects = join(folder, 'effects');
  const written = (): number[] => {
    const counts: number[] = [];
    for (const line of readFileSync(effects, 'utf8').trim().split('\n'))
      counts[Number(line)] = (counts[Number(line)] ?? 0) + 1;
    return counts;
  };
  return { folder, effects, written };
}

async function databaseOf(engine: string, folder: string): Promise<string> {
  if (engine === 'sqlite') return `sqlite:${join(folder, 'jobs.db')}`;
  return (await serverOfTest()).url;
}

async function lookAt(database: string, id: string) {
  const dialect = await openDatabase(database, systemClock, systemRandom);
  const reads = new JobReads({ dialect });
  const [job, receipts, logs] = [await reads.get(id), await reads.receipts(id), await reads.logs(id)];
  await dialect.close();
  const count = (state: string) => receipts.filter((one) => one.state === state).length;
  return {
    state: job?.state,
    attempt: job?.attempt,
    crashes: job?.crashes,
    done: count('done'),
    uncertain: receipts.filter(({ state }) => state === 'uncertain').map(({ key }) => key),
    warnings: logs.filter(({ level }) => level === 'warn').map(({ message }) => message),
  };
}

const child = (orders: Letters) => startChild(CHILD, orders, { NODE_ENV: 'test' });

describe.each(['sqlite', 'mariadb'])('on %s, a process killed between an effect and its receipt', (engine) => {
  const start = async (context: Parameters<typeof skipWhere>[2], uncertain: Letters['uncertain']) => {
    skipWhere(engine === 'mariadb' && findServer() === undefined, NO_SERVER, context);
    const { folder, effects, written } = desk();
    const orders = { database: await databaseOf(engine, folder), effects, letters: 10, uncertain };
    const first = child({ ...orders, hangAt: 4, add: true });
    const id = await first.line('job ');
    await first.line('written 4');
    first.signal('SIGKILL');
    expect(await first.over).toBe('SIGKILL');
    const second = child({ ...orders, hangAt: null, add: false });
    return { id, database: orders.database, written, over: await second.line('over ') };
  };

  test('repeats the effect by default, but no other one, and the log of the job says which', async (context) => {
    const { id, database, written, over } = await start(context, 'again');
    expect(over).toBe('job_completed');
    expect(written()).toEqual([1, 1, 1, 1, 2, 1, 1, 1, 1, 1]);
    expect(await lookAt(database, id)).toMatchObject({
      ...{ state: 'completed', crashes: 1, done: 10, uncertain: [] },
      warnings: ['receipt "letter/4": attempt 1 ended before it recorded whether this was done; doing it again'],
    });
  }, 120_000);

  test('has its job shown as uncertain and failed if the effect must not be repeated', async (context) => {
    const { id, database, written, over } = await start(context, 'fail');
    expect(over).toBe('job_failed');
    expect(written()).toEqual([1, 1, 1, 1, 1]);
    expect(await lookAt(database, id)).toMatchObject({
      ...{ state: 'failed', crashes: 1, done: 4, uncertain: ['letter/4'] },
      warnings: [expect.stringMatching(/^receipt "letter\/4": .*; not repeating it$/)],
    });
  }, 120_000);
});

test('two kills at random moments of 300 effects: each happens once, except those noted in the log', async () => {
  const { folder, effects, written } = desk();
  const database = await databaseOf('sqlite', folder);
  const orders = { database, effects, letters: 300, hangAt: null, uncertain: 'again' as const };
  const chance = seeded(7);
  let id = '';
  for (const [kill, from] of [20, 150].entries()) {
    const victim = child({ ...orders, add: kill === 0 });
    if (kill === 0) id = await victim.line('job ');
    await victim.line(`written ${from + Math.floor(chance() * 100)}`);
    victim.signal('SIGKILL');
    await victim.over;
  }
  const last = child({ ...orders, add: false });
  expect(await last.line('over ')).toBe('job_completed');
  const found = await lookAt(database, id);
  const twice = written().flatMap((n, letter) => (n > 1 ? [`letter/${letter}`] : []));
  console.log(JSON.stringify({ twice, ...found }));
  expect(written()).toHaveLength(300);
  expect(found).toMatchObject({ done: 300, uncertain: [], crashes: 2 });
  expect(twice.every((key) => found.warnings.some((line) => line.includes(`"${key}"`)))).toBe(true);
  expect(found.warnings.length).toBeLessThanOrEqual(2);
}, 180_000);
