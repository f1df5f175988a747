// If two plugins want the same type or service, the one that has it keeps it.
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

test('a type belongs to the plugin that registers it first; the other one fails and leaves nothing behind', async () => {
  const { open, wait } = gate();
  await using rig = await createRig({
    slow: { use: withTypes('slow', ['letter', 'mail'], wait) },
    fast: { use: withTypes('fast', ['mail']) },
    third: { use: withTypes('third', ['parcel']) },
  });
  const starting = rig.host.startAll();
  await until(() => rig.host.states().fast === 'on');
  open();
  await starting;
  expect(rig.host.states()).toEqual({ slow: 'failed', fast: 'on', third: 'on' });
  expect(await reasonOf(rig, 'slow')).toBe(
    'The type "mail" belongs to the plugin "fast": the plugin "slow" cannot register it as well.',
  );
  expect(rig.types().map(({ type, plugin }) => [type, plugin])).toEqual([
    ['mail', 'fast'],
    ['parcel', 'third'],
  ]);
  expect(rig.host.footprint().plugins.slow).toMatchObject({ types: 0, hooks: 0 });
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

test('a plugin that has started takes no type of another one', async () => {
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
