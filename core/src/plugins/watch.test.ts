// Unhandled rejections are found, and handled ones are left alone.
import { expect, test } from 'vitest';
import { turn } from '../../test/plugin-rig.ts';
import { Watch } from './watch.ts';

const fail = async (text: string): Promise<never> => {
  await turn();
  throw new Error(text);
};

/** Of a class, as the clock of a database server is: it works as a whole, and its methods do not work alone. */
class OwnClock {
  readonly #soon = setImmediate;

  soon(fn: () => void): void {
    this.#soon(fn);
  }
}

const setUp = () => {
  const strays: string[] = [];
  return { strays, watch: new Watch((error) => strays.push(String(error)), new OwnClock()) };
};

test.each<[how: string, use: (promise: Promise<unknown>) => unknown]>([
  ['awaited in a try', async (promise) => promise.catch(() => {})],
  ['caught', (promise) => promise.catch(() => {})],
  ['caught behind a then', (promise) => promise.then(() => 1).catch(() => {})],
  ['taken by allSettled', (promise) => Promise.allSettled([promise])],
])('a rejection that is %s is not reported', async (_, use) => {
  const { watch, strays } = setUp();
  void use(watch.track(fail('handled')));
  await watch.settle();
  await turn();
  expect(strays).toEqual([]);
});

test.each<[how: string, use: (promise: Promise<unknown>) => unknown]>([
  ['then', (promise) => promise.then(() => 1)],
  ['finally', (promise) => promise.finally(() => {})],
])('an unhandled rejection behind a %s is found', async (_, use) => {
  const { watch } = setUp();
  void use(watch.track(fail('lost')));
  await expect(watch.settle()).rejects.toThrow('lost');
});
