// If two plugins want the same type or service, the configuration's order decides at the start; later, the one that is on keeps it.
import { definePlugin, token } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createRig, type Rig, until } from '../../test/plugin-rig.ts';

const Mailer = token<string>('mail/mailer');

/** Registers the types, once `wait` has resolved. */
const withTypes = (name: string, types: string[], wait?: Promise<void>) =>
  definePlugin({
    name,
    async init(ctx) {
      ctx.onDisable(() => {});
      if (wait) {
        ctx.addAction('job:added', () => {});
        await wait;
      }
      for (const type of types) ctx.registerProcessor(type, async () => name);
    },
  });
const withMailer = (name: string) =>
  definePlugin({ name, provides: [Mailer], init: (ctx) => ctx.provide(Mailer, name) });
const reasonOf = async (rig: Rig, name: string) =>
  (await rig.host.list()).find((plugin) => plugin.name === name)?.reason;

function gate() {
  let open = () => {};
  const wait = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), wait };
}

test('a type belongs to the plugin that is configured first, even if another one was faster', async () => {
  const { open, wait } = gate();
  await using rig = await createRig({
    first: { use: withTypes('first', ['mail'], wait) },
    second: { use: withTypes('second', ['mail', 'letter']) },
    third: { use: withTypes('third', ['parcel']) },
  });
  const starting = rig.host.startAll();
  await until(() => rig.host.states().second === 'on');
  open();
  await starting;
  await until(() => rig.host.states().second === 'failed');
  expect(rig.host.states()).toEqual({ first: 'on', second: 'failed', third: 'on' });
  expect(await reasonOf(rig, 'second')).toBe(
    'the type "mail" belongs to the plugin "first", which comes first in the configuration: disable one of the two',
  );
  expect(rig.types().map(({ type, plugin }) => [type, plugin])).toEqual([
    ['mail', 'first'],
    ['parcel', 'third'],
  ]);
  expect([rig.registry.ownerOf('mail'), rig.registry.heldHere('letter')]).toEqual(['first', 'plugin_failed']);
  expect(rig.host.footprint().plugins.second).toMatchObject({ types: 0, hooks: 0 });
  expect(await rig.dialect.db.selectFrom('pwj_types').select(['type', 'plugin']).orderBy('type').execute()).toEqual([
    { type: 'letter', plugin: 'second' },
    { type: 'mail', plugin: 'first' },
    { type: 'parcel', plugin: 'third' },
  ]);
});

test('a plugin that is enabled later takes nothing from one that is on', async () => {
  await using rig = await createRig({
    typed: { use: withTypes('typed', ['mail']), enabled: false },
    lent: { use: withMailer('lent'), enabled: false },
    second: { use: withTypes('second', ['mail']) },
    third: { use: withMailer('third') },
  });
  await rig.host.startAll();
  expect([await rig.host.enable('typed'), await rig.host.enable('lent')]).toEqual(['failed', 'failed']);
  expect(rig.host.states()).toMatchObject({ second: 'on', third: 'on' });
  await rig.host.disable('second');
  expect(await rig.host.enable('typed')).toBe('on');
});

test('a plugin that takes a type and then fails returns it to the previous plugin', async () => {
  const { open, wait } = gate();
  const failing = definePlugin({
    name: 'first',
    async init(ctx) {
      await wait;
      ctx.registerProcessor('mail', async () => 'first');
      throw new Error('no settings');
    },
  });
  await using rig = await createRig({ first: { use: failing }, second: { use: withTypes('second', ['mail']) } });
  const starting = rig.host.startAll();
  await until(() => rig.host.states().second === 'on');
  open();
  await starting;
  await until(() => rig.host.states().second === 'on');
  expect(rig.host.states()).toEqual({ first: 'failed', second: 'on' });
  expect(rig.types().map(({ type, plugin }) => [type, plugin])).toEqual([['mail', 'second']]);
});

test('a plugin that has started takes no more types, even if it is configured first', async () => {
  let late = () => {};
  const first = definePlugin({
    name: 'first',
    init(ctx) {
      late = () => void ctx.registerProcessor('mail', async () => 'first');
    },
  });
  await using rig = await createRig({ first: { use: first }, second: { use: withTypes('second', ['mail']) } });
  await rig.host.startAll();
  expect(late).toThrow('The type "mail" belongs to the plugin "second"');
  expect(rig.host.states()).toEqual({ first: 'on', second: 'on' });
});
