// The cores shared by all jobs: how many run at a time, in which order, and waiting jobs that give up.
import { expect, test } from 'vitest';
import { gateOf } from './pool.ts';

const never = new AbortController().signal;

/** Work that ends on request. */
function task() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { end, ended };
}

test('at most as many run as there are slots, and the others follow in order of arrival', async () => {
  const gate = gateOf(2);
  const tasks = Array.from({ length: 5 }, task);
  const begun: number[] = [];
  const done = tasks.map(({ ended }, index) =>
    gate.run(never, async () => {
      begun.push(index);
      await ended;
      return index;
    }),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  tasks[1]?.end();
  await done[1];
  expect(begun).toEqual([0, 1, 2]);
  for (const { end } of tasks) end();
  expect(await Promise.all(done)).toEqual([0, 1, 2, 3, 4]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test('a waiting task that gives up is skipped, and one that fails frees its slot', async () => {
  const gate = gateOf(1);
  const first = task();
  const abort = new AbortController();
  const running = gate.run(never, () => first.ended);
  const waiting = gate.run(abort.signal, async () => 'never');
  const last = gate.run(never, async () => 'last');
  const refused = expect(waiting).rejects.toThrow('cancelled by a person');
  abort.abort(new Error('cancelled by a person'));
  first.end();
  await running;
  await refused;
  expect(await last).toBe('last');
  await expect(gate.run(never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await gate.run(never, async () => 'free')).toBe('free');
});
