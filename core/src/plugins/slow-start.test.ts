// A plugin that starts slowly does not hold up the start, and may come on later.
import { definePlugin, JobsError, optional, token } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { hostFolder } from '../../test/host-folder.ts';
import { createRig, turn, until } from '../../test/plugin-rig.ts';

const Mailer = token<string>('mail/mailer');

/** `slow` starts when `open` is called; `needy` needs it, `content` can do without, `alone` has nothing to do with it. */
function setUp() {
  const ready: string[] = [];
  const gate = { open: () => {} };
  const on = (name: string) => (ctx: { onReady(fn: () => void): void }) => ctx.onReady(() => void ready.push(name));
  const slow = definePlugin({
    name: 'slow',
    provides: [Mailer],
    async init(ctx) {
      on('slow')(ctx);
      await new Promise<void>((resolve) => {
        gate.open = resolve;
      });
      ctx.provide(Mailer, 'mailer');
    },
  });
  const entries = {
    slow: { use: slow },
    needy: { use: definePlugin({ name: 'needy', needs: { mailer: Mailer }, init: on('needy') }) },
    content: { use: definePlugin({ name: 'content', needs: { mailer: optional(Mailer) }, init: on('content') }) },
    alone: { use: definePlugin({ name: 'alone', init: on('alone') }) },
  };
  return { ready, gate, entries };
}

test('the start waits 2 s for a slow plugin, then continues without it, and the plugin comes on later', async () => {
  const { ready, gate, entries } = setUp();
  await using rig = await createRig(entries);
  let started = false;
  const starting = rig.host.startAll(2_000).then(() => {
    started = true;
  });
  await until(() => rig.host.states().alone === 'on');
  expect([started, rig.host.states()]).toEqual([
    false,
    { slow: 'starting', needy: 'off', content: 'off', alone: 'on' },
  ]);
  rig.clock.advance(2_000);
  await starting;
  await until(() => rig.host.states().content === 'on');
  expect(rig.host.states()).toEqual({ slow: 'starting', needy: 'waiting', content: 'on', alone: 'on' });
  expect(rig.log.join('\n')).toContain('the plugin "slow" is still starting after 2 s: the others start without it');
  gate.open();
  await until(() => ready.length === 4);
  expect(rig.host.states()).toEqual({ slow: 'on', needy: 'on', content: 'on', alone: 'on' });
  expect(ready.sort()).toEqual(['alone', 'content', 'needy', 'slow']);
});

test('a plugin whose file loads late comes on with what it needs, even if that came on during the start', async () => {
  const { gate, entries } = setUp();
  const load = Symbol.for('slow-start.test');
  let arrive = (_: object) => {};
  Object.assign(globalThis, {
    [load]: new Promise<object>((resolve) => {
      arrive = resolve;
    }),
  });
  await using folder = await hostFolder({
    'late.mjs': `export default await globalThis[Symbol.for('${load.description}')];`,
  });
  await using rig = await createRig({ slow: entries.slow, late: { use: './late.mjs' } }, { baseDir: folder.path });
  let started = false;
  const starting = rig.host.startAll(2_000).then(() => {
    started = true;
  });
  await turn();
  rig.clock.advance(2_000);
  await until(() => rig.host.states().slow === 'starting');
  arrive(entries.needy.use);
  await until(() => rig.host.states().late === 'waiting');
  expect(started).toBe(false);
  gate.open();
  await starting;
  await until(() => rig.host.states().late === 'on');
});

test('a plugin whose init() took too long is started again, after growing pauses and never beside its earlier init()', async () => {
  const ends: (() => void)[] = [];
  const busy = definePlugin({ name: 'busy', init: () => new Promise<void>((resolve) => void ends.push(resolve)) });
  await using rig = await createRig({ busy: { use: busy } });
  const starting = rig.host.startAll(2_000);
  for (const pause of [5_000, 10_000]) {
    await until(() => rig.host.states().busy === 'starting' && ends.length > 0);
    rig.clock.advance(2_000);
    await starting;
    rig.clock.advance(8_000);
    await until(() => rig.host.states().busy === 'failed');
    const begun = ends.length;
    rig.clock.advance(600_000);
    await turn();
    expect(ends).toHaveLength(begun);
    ends.at(-1)?.();
    await until(() => rig.log.at(-1) === `info  the plugin "busy" is started again in ${pause / 1_000} s`);
    rig.clock.advance(pause - 1);
    await turn();
    expect(ends).toHaveLength(begun);
    rig.clock.advance(1);
    await until(() => ends.length > begun);
  }
  ends.at(-1)?.();
  await until(() => rig.host.states().busy === 'on');
});

test('a plugin that failed for lack of the database is started again, and one with a mistake is not', async () => {
  let isAway = true;
  let tries = 0;
  const entries = {
    away: {
      use: definePlugin({
        name: 'away',
        async init() {
          if (isAway) throw new JobsError('UNAVAILABLE', 'The database is not available');
        },
      }),
    },
    wrong: {
      use: definePlugin({
        name: 'wrong',
        init() {
          tries += 1;
          throw new Error('a mistake');
        },
      }),
    },
  };
  await using rig = await createRig(entries);
  await rig.host.startAll();
  expect(rig.host.states()).toEqual({ away: 'failed', wrong: 'failed' });
  isAway = false;
  await until(() => rig.log.some((line) => line.includes('started again')));
  rig.clock.advance(5_000);
  await until(() => rig.host.states().away === 'on');
  rig.clock.advance(600_000);
  await turn();
  expect(tries).toBe(1);
});
