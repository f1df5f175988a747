// Hooks: order, isolation, time-outs, vetoes and depth.
import { Veto } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { HandClock } from '../../test/hand-clock.ts';
import { until } from '../../test/plugin-rig.ts';
import { type HookOwner, Hooks } from './hooks.ts';

function setUp() {
  const clock = new HandClock();
  const errors: string[] = [];
  const owner = (name: string, place: number): HookOwner => ({
    place,
    enter: (fn) => fn(),
    charge: (error, where) =>
      errors.push(`${name}, ${where}: ${error instanceof Error ? error.message : String(error)}`),
  });
  return { clock, errors, hooks: new Hooks({ clock }), owner, a: owner('a', 0), b: owner('b', 1) };
}

const anything = (value: unknown): never => value as never;

test('listeners run by priority, then in the order of their plugins', async () => {
  const { hooks, a, b } = setUp();
  const order: string[] = [];
  const say = (text: string) => () => void order.push(text);
  hooks.addAction('x', say('b 10'), {}, b);
  hooks.addAction('x', say('a 10'), {}, a);
  hooks.addAction('x', say('b 5'), { priority: 5 }, b);
  hooks.addAction('x', say('a 20'), { priority: 20 }, a);
  await hooks.doAction('x', anything(null));
  expect(order).toEqual(['b 5', 'a 10', 'b 10', 'a 20']);
});

test('an action continues if a listener throws, rejects or hangs, and the plugin is charged', async () => {
  const { hooks, clock, errors, a, b } = setUp();
  let signalled: unknown;
  const heard: string[] = [];
  hooks.addAction(
    'x',
    () => {
      throw new Error('thrown');
    },
    {},
    a,
  );
  hooks.addAction('x', () => Promise.reject(new Error('rejected')), {}, a);
  hooks.addAction(
    'x',
    (_, signal) =>
      new Promise(() =>
        (signal as AbortSignal).addEventListener('abort', () => {
          signalled = (signal as AbortSignal).reason;
        }),
      ),
    {},
    a,
  );
  hooks.addAction('x', () => heard.push('b'), { priority: 11 }, b);
  const done = hooks.doAction('x', anything(null));
  await until(() => clock.timers === 1);
  clock.advance(5_000);
  await done;
  expect(heard).toEqual(['b']);
  expect(errors).toEqual([
    'a, action "x": thrown',
    'a, action "x": rejected',
    'a, action "x": a listener of "x" did not finish within 5000 ms',
  ]);
  expect(String(signalled)).toContain('did not finish');
});

test('filters pass the value on; an error, another shape or no result keeps it', async () => {
  const { hooks, errors, a } = setUp();
  const add = (fn: (value: { n: number }) => unknown) => hooks.addFilter('x', fn as never, {}, a);
  add(({ n }) => ({ n: n + 1 }));
  add(() => undefined);
  add(() => {
    throw new Error('broken');
  });
  add(() => 42);
  add(() => [1]);
  add(async ({ n }) => ({ n: n * 10 }));
  expect(await hooks.applyFilters('x', { n: 1 })).toEqual({ n: 20 });
  expect(errors).toHaveLength(3);
});

test('only a veto stops the operation, and its reason arrives, even from another copy of the SDK', async () => {
  const { hooks, errors, a } = setUp();
  const undo = hooks.addFilter(
    'x',
    () => {
      throw new Veto('not today');
    },
    {},
    a,
  );
  await expect(hooks.applyFilters('x', 1)).rejects.toThrow(new Veto('not today'));
  await undo();
  hooks.addFilter(
    'x',
    () => {
      throw Object.assign(new Error('of the copy'), { name: 'Veto' });
    },
    {},
    a,
  );
  await expect(hooks.applyFilters('x', 1)).rejects.toBeInstanceOf(Veto);
  expect(errors).toEqual([]);
});

test('a hook that calls itself is refused beyond a depth of 16, with its chain in the error', async () => {
  const { hooks, errors, a } = setUp();
  let depth = 0;
  hooks.addAction(
    'ping',
    async () => {
      depth += 1;
      await hooks.doAction('pong', anything(1));
    },
    {},
    a,
  );
  hooks.addAction('pong', () => hooks.doAction('ping', anything(1)), {}, a);
  await hooks.doAction('ping', anything(1));
  expect(depth).toBe(8);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain('hooks nest deeper than 16: ping -> pong -> ping');
});

test('a listener that adds a job for each job is not nested, however long the chain is', async () => {
  const { hooks, errors, a } = setUp();
  let rounds = 0;
  hooks.addAction(
    'job:completed',
    async () => {
      rounds += 1;
      if (rounds < 40) await hooks.doAction('job:completed', anything(1));
    },
    {},
    a,
  );
  await hooks.doAction('job:completed', anything(1));
  expect([rounds, errors]).toEqual([40, []]);
});
