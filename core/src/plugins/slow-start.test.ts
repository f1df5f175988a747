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
  for (const pause of [1_000, 2_000]) {
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
    await until(() => rig.log.at(-1) === `info  the plugin "busy" is tried again in ${pause / 1_000} s`);
    rig.clock.advance(pause - 1);
    await turn();
    expect(ends).toHaveLength(begun);
    rig.clock.advance(1);
    await until(() => ends.length > begun);
  }
  ends.at(-1)?.();
  await until(() => rig.host.states().busy === 'on');
});

const MISTAKES = [
  new JobsError('INVALID_CONFIG', 'a wrong setting'),
  new JobsError('INVALID_STATE', 'a wrong call'),
  Object.assign(new Error('the key is wrong'), { retry: false }),
];

test.each(MISTAKES)('an init() that throws what would fail again is not tried again: $message', async (mistake) => {
  let tries = 0;
  const init = () => {
    tries += 1;
    throw mistake;
  };
  await using rig = await createRig({ wrong: { use: definePlugin({ name: 'wrong', init }) } });
  await rig.host.startAll();
  rig.clock.advance(600_000);
  await turn();
  expect([tries, rig.host.failures()]).toEqual([1, { wrong: mistake.message }]);
});

/** Its server is there from `arrive()` on. */
function mailer() {
  const state = { isThere: false, tries: 0, arrive: () => void Object.assign(state, { isThere: true }) };
  const plugin = definePlugin({
    name: 'mailer',
    provides: [Mailer],
    init(ctx) {
      state.tries += 1;
      ctx.registerProcessor('mail', () => undefined);
      ctx.addAction('job:added', () => {});
      ctx.clock.after(60_000, () => {});
      ctx.provide(Mailer, 'mailer');
      if (!state.isThere) throw new Error('connect ECONNREFUSED');
    },
  });
  return { state, entries: { mailer: { use: plugin } } };
}

test('an init() that throws is tried again after 1 s to 5 min, each time from nothing, and says when', async () => {
  const { state, entries } = mailer();
  await using rig = await createRig(entries);
  const nothing = rig.host.footprint();
  await rig.host.startAll();
  for (const pause of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]) {
    const { tries } = state;
    expect([rig.host.states(), rig.host.footprint()]).toEqual([{ mailer: 'failed' }, nothing]);
    const at = new Date(rig.clock.now() + pause * 1_000).toISOString();
    const reason = `connect ECONNREFUSED; it is tried again at ${at}`;
    expect([rig.host.failures(), (await rig.host.list())[0]?.reason]).toEqual([{ mailer: reason }, reason]);
    rig.clock.advance(pause * 1_000 - 1);
    await turn();
    expect(state.tries).toBe(tries);
    rig.clock.advance(1);
    await until(() => state.tries === tries + 1 && 'mailer' in rig.host.failures());
    await until(() => (rig.host.failures().mailer ?? '').includes('again'));
  }
  state.arrive();
  rig.clock.advance(300_000);
  await until(() => rig.host.states().mailer === 'on');
  expect([rig.host.failures(), (await rig.host.list())[0]?.reason]).toEqual([{}, null]);
});

test('enabling a failed plugin tries it at once, also in another process, and its pauses begin anew after a success', async () => {
  const { state, entries } = mailer();
  await using rig = await createRig(entries);
  await rig.host.startAll();
  rig.clock.advance(1_000);
  await until(() => state.tries === 2 && rig.host.states().mailer === 'failed');
  await using other = await createRig(mailer().entries, { dialect: rig.dialect });
  for (const tries of [3, 4]) {
    await other.host.enable('mailer');
    await rig.host.follow();
    expect(state.tries).toBe(tries);
  }
  state.arrive();
  await rig.host.enable('mailer');
  expect(rig.host.states()).toEqual({ mailer: 'on' });
  state.isThere = false;
  await rig.host.disable('mailer');
  await rig.host.enable('mailer');
  await until(() => rig.log.at(-1) === 'info  the plugin "mailer" is tried again in 1 s');
  await rig.host.disable('mailer');
  const { tries } = state;
  rig.clock.advance(600_000);
  await turn();
  expect([tries, rig.host.states()]).toEqual([state.tries, { mailer: 'off' }]);
});
