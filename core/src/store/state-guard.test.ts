// The trigger that watches the states during all tests does watch them.
import { expect, test } from 'vitest';
import { byHand } from '../../test/by-hand.ts';
import { openWriteRig } from '../../test/write-queue-rig.ts';

test('a statement that changes a state without a step is refused, and one that makes a step is not', async () => {
  const rig = await openWriteRig();
  const job = await rig.add();
  const set = (state: string) =>
    byHand(rig.dialect.db).updateTable('pwj_jobs').set({ state }).where('id', '=', job.id).execute();

  await expect(set('completed')).rejects.toThrow('no step leads to this state');
  await set('processing');
  await set('completed');
  await expect(set('processing')).rejects.toThrow('no step leads to this state');
  await set('ready');
  await rig.dialect.close();
});
