// Group commit: few transactions for many writes, and each caller is answered for its own.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWriteRig, type WriteRig } from '../../test/write-queue-rig.ts';

let rig: WriteRig;
beforeEach(async () => {
  rig = await openWriteRig();
});
afterEach(() => rig.dialect.close());

const add = () => rig.queue(rig.record());
const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

describe('group commit', () => {
  test('additions of one turn share a transaction, 128 at most', async () => {
    await Promise.all(many(1_000, () => add()));
    expect(rig.commits).toBe(Math.ceil(1_000 / 128));
    expect(await rig.rows()).toHaveLength(1_000);
  });

  test('committed() resolves once everything that waited then is stored, however much is added later', async () => {
    await rig.writes.committed();
    const before = many(300, () => rig.record());
    const jobs = before.map((one) => rig.queue(one));
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
