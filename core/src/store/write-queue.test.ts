// Group commit: few transactions for many writes, and each caller is answered for its own.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addition, openWriteRig, record, settlement, type WriteRig } from '../../test/write-queue-rig.ts';
import type { ClaimedJob } from '../job/record.ts';

let rig: WriteRig;
beforeEach(async () => {
  rig = await openWriteRig();
});
afterEach(() => rig.dialect.close());

const add = (change: Parameters<typeof record>[0] = {}) => rig.writes.add(addition(record(change)));
const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

/** One of two stored jobs, with a free slot for the other; later commits are counted. */
async function takenOfTwo(): Promise<ClaimedJob> {
  await rig.writes.add(addition(record(), record()));
  rig.taker.wanted = 1;
  rig.writes.requestClaim();
  await rig.settled();
  rig.taker.wanted = 2;
  rig.commits = 0;
  return rig.taker.taken[0] as ClaimedJob;
}

describe('group commit', () => {
  test('additions of one turn share a transaction, 256 at most', async () => {
    await Promise.all(many(1_000, () => add()));
    expect(rig.commits).toBe(Math.ceil(1_000 / 256));
    expect(await rig.rows()).toHaveLength(1_000);
  });

  test('jobs added together stay together, and only small lists share a transaction', async () => {
    const lists = many(20, () => rig.writes.add(addition(...many(100, () => record()))));
    await Promise.all([...lists, rig.writes.add(addition(...many(1_000, () => record())))]);
    expect(rig.commits).toBe(7);
    expect(await rig.rows()).toHaveLength(3_000);
  });

  // A server runs several transactions at once, each on its own connection.
  test('adds, settlements, progress and claims of one turn share one transaction; on a server, outcomes, adds and claims of stored jobs have one each', async () => {
    const job = await takenOfTwo();
    const answers = await Promise.all([add(), rig.settle(settlement(job)), rig.progress(job.id, '{"percentage":9}')]);
    await rig.settled();
    const commits = rig.dialect.ordered ? 1 : 3;
    expect([answers, rig.commits, rig.taker.taken.length]).toEqual([[{ status: 'added' }, true, true], commits, 2]);
    expect((await rig.rows())[0]).toEqual({ id: job.id, state: 'completed', progress: '{"percentage":9}' });
  });

  test('jobs are claimed with the outcomes while other processes work on the same server', async () => {
    const job = await takenOfTwo();
    rig.writes.noteOthers();
    expect(await rig.settle(settlement(job))).toBe(true);
    await rig.settled();
    expect([rig.commits, rig.taker.taken.length]).toEqual([1, 2]);
  });

  test('a claim that finds no jobs opens no transaction', async () => {
    rig.taker.wanted = 5;
    for (let i = 0; i < 10; i += 1) {
      rig.writes.requestClaim();
      await rig.settled();
    }
    expect([rig.commits, rig.taker.taken]).toEqual([0, []]);
  });

  test('a job is claimed in the commit that adds it if a slot is free', async () => {
    rig.taker.wanted = 1;
    const job = record();
    await rig.writes.add(addition(job));
    await rig.settled();
    expect([rig.commits, rig.taker.taken.map((one) => one.id)]).toEqual([1, [job.id]]);
  });

  test('callers are answered after the commit, not before', async () => {
    const job = record();
    const answered = rig.writes.add(addition(job)).then(() => rig.rows());
    expect(await answered).toMatchObject([{ id: job.id, state: 'ready' }]);
  });

  test('an addition is stored with its count and event even without listeners', async () => {
    const job = record();
    await rig.writes.add(addition(job));
    expect(await rig.kept()).toEqual({ counted: 1, events: [job.id] });
  });

  test('an addition that fails half-way leaves neither a count nor an event', async () => {
    const job = record();
    await rig.writes.add(addition(job));
    await expect(rig.writes.add(addition({ ...job, data: '[]' }))).rejects.toThrow();
    expect(await rig.rows()).toHaveLength(1);
    expect(await rig.kept()).toEqual({ counted: 1, events: [job.id] });
    expect(await add()).toEqual({ status: 'added' });
  });

  test('committed() resolves once everything that waited then is stored, however much is added later', async () => {
    await rig.writes.committed();
    const before = many(300, () => record());
    const jobs = before.map((one) => rig.writes.add(addition(one)));
    let over = false;
    const addOn = async (): Promise<void> => {
      while (!over) await add();
    };
    const after = many(300, () => addOn());
    await rig.writes.committed();
    const stored = new Set((await rig.rows()).map(({ id }) => id));
    expect(before.filter(({ id }) => !stored.has(id))).toEqual([]);
    over = true;
    await Promise.all([...jobs, ...after]);
  });
});

test('the size limit is exact with 3,000 additions at the same time', async () => {
  await rig.dialect.close();
  rig = await openWriteRig(1_000);
  const answers = await Promise.all(many(3_000, () => add()));
  const full = answers.filter((answer) => answer.status === 'full');
  expect([full.length, (await rig.rows()).length]).toEqual([2_000, 1_000]);
});

test('one key added many times at once is one job', async () => {
  const answers = await Promise.all(many(500, () => add({ idempotencyKey: 'k', fingerprint: 'f' })));
  const [first] = await rig.rows();
  expect(answers.filter((answer) => answer.status === 'added')).toHaveLength(1);
  expect(answers.filter((answer) => answer.status === 'existing' && answer.ids[0] === first?.id)).toHaveLength(499);
});
