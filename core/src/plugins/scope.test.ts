// A scope undoes all that was registered in it.
import { expect, onTestFinished, test, vi } from 'vitest';
import { HandClock } from '../../test/hand-clock.ts';
import { until } from '../../test/plugin-rig.ts';
import { Scope } from './scope.ts';

const open = (clock = new HandClock()) => new Scope('the plugin "x"', clock);

test('closing undoes everything, last in first out, one at a time', async () => {
  const scope = open();
  const order: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    scope.add(async () => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
    });
  }
  expect(await scope.close()).toEqual([]);
  expect(order).toEqual(['c begins', 'c ends', 'b begins', 'b ends', 'a begins', 'a ends']);
});

test('a cleanup that throws or hangs does not keep the others from running', async () => {
  const clock = new HandClock();
  const scope = open(clock);
  let undone = false;
  scope.add(() => {
    undone = true;
  });
  scope.add(() => {
    throw new Error('broken');
  });
  scope.add(() => new Promise(() => {}));
  const closing = scope.close();
  await until(() => clock.timers === 1);
  clock.advance(10_000);
  expect((await closing).map(String)).toEqual(['Error: an undo did not finish within 10 s', 'Error: broken']);
  expect(undone).toBe(true);
});

test('any number of jobs may listen to its signal without a warning from Node', () => {
  const warned = vi.spyOn(process, 'emitWarning');
  onTestFinished(() => warned.mockRestore());
  const { signal } = open();
  for (let i = 0; i < 20; i += 1) signal.addEventListener('abort', () => {});
  expect(warned).not.toHaveBeenCalled();
});
