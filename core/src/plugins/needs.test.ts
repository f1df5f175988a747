import { DatabasePlace, definePlugin, lend, optional, Pages, type PluginContext, token } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../../test/plugin-rig.ts';
import { readServices } from './services.ts';

interface Mailer {
  send(): string;
}
const Mailer = token<Mailer>('email/mailer');
const Store = token<object>('store/store');

function setUp() {
  const order: string[] = [];
  const note = (ctx: PluginContext, text = '') => {
    order.push(`${ctx.name} up${text}`);
    ctx.onDisable(() => void order.push(`${ctx.name} down`));
  };
  const email = definePlugin({
    name: 'email',
    provides: [Mailer],
    init(ctx) {
      note(ctx as never);
      ctx.provide(Mailer, { send: () => 'sent' });
    },
  });
  const report = definePlugin({
    name: 'report',
    needs: { mailer: Mailer },
    init(ctx) {
      note(ctx as never, ` (${ctx.needs.mailer.send()})`);
    },
  });
  return { order, email, report };
}

const reasonOf = async (rig: Rig, name: string) =>
  (await rig.host.list()).find((status) => status.name === name)?.reason;

test('a provider starts before its consumer, stops after it, and starts it again', async () => {
  const { order, email, report } = setUp();
  await using rig = await createRig({ report: { use: report }, email: { use: email } });
  await rig.host.startAll();
  expect(order.splice(0)).toEqual(['email up', 'report up (sent)']);

  await rig.host.disable('email');
  expect(order.splice(0)).toEqual(['report down', 'email down']);
  expect(rig.host.states()).toEqual({ report: 'waiting', email: 'off' });
  expect(await reasonOf(rig, 'report')).toBe('needs email/mailer of the plugin "email"');

  await rig.host.enable('email');
  expect(order.splice(0)).toEqual(['email up', 'report up (sent)']);
  expect(rig.host.states()).toEqual({ report: 'on', email: 'on' });
});

test('an optional service is looked up each time, and the plugin stays on without it', async () => {
  const { email } = setUp();
  const seen: unknown[] = [];
  let look = () => {};
  const report = definePlugin({
    name: 'report',
    needs: { mailer: optional(Mailer) },
    init(ctx) {
      look = () => seen.push(ctx.needs.mailer?.send(), ctx.container.resolve<Mailer | undefined>(Mailer.key)?.send());
      look();
    },
  });
  await using rig = await createRig({ report: { use: report }, email: { use: email } });
  await rig.host.startAll();
  await rig.host.disable('email');
  look();
  expect(rig.host.states().report).toBe('on');
  await rig.host.enable('email');
  look();
  expect(seen).toEqual(['sent', 'sent', undefined, undefined, 'sent', 'sent']);
});

test('plugins that need each other wait, and each says for whom', async () => {
  const one = definePlugin({ name: 'one', needs: { x: Store }, provides: [Mailer], init: () => {} });
  const two = definePlugin({ name: 'two', needs: { x: Mailer }, provides: [Store], init: () => {} });
  await using rig = await createRig({ one: { use: one }, two: { use: two }, three: { use: setUp().report } });
  await rig.host.startAll();
  expect(rig.host.states()).toEqual({ one: 'waiting', two: 'waiting', three: 'waiting' });
  expect(await reasonOf(rig, 'one')).toBe('needs store/store of the plugin "two"');
});

test('a plugin fails if it does not provide what it declared, or provides something else', async () => {
  const lazy = definePlugin({ name: 'lazy', provides: [Mailer], init: () => {} });
  const eager = definePlugin({ name: 'eager', init: (ctx) => ctx.provide(Mailer, { send: () => '' }) });
  await using rig = await createRig({ lazy: { use: lazy }, eager: { use: eager } });
  await rig.host.startAll();
  expect(await reasonOf(rig, 'lazy')).toBe('its init() did not provide email/mailer, which it lists in `provides`');
  expect(await reasonOf(rig, 'eager')).toBe(
    'the plugin "eager" provides email/mailer, which is missing from its `provides`',
  );
});

test('a second provider is refused with the name of the first, and can replace it when that is off', async () => {
  const { order, email, report } = setUp();
  const fake = definePlugin({
    name: 'fake',
    provides: [Mailer],
    init: (ctx) => ctx.provide(Mailer, { send: () => 'faked' }),
  });
  await using rig = await createRig({ email: { use: email }, fake: { use: fake }, report: { use: report } });
  await rig.host.startAll();
  expect(await reasonOf(rig, 'fake')).toBe(
    'the plugins "email" and "fake" both provide email/mailer: disable one of them',
  );
  await rig.host.disable('email');
  order.length = 0;
  expect(await rig.host.enable('fake')).toBe('on');
  expect(order).toEqual(['report up (faked)']);
});

test('a plugin cannot provide a service of the core, even one that is missing', async () => {
  const thief = definePlugin({
    name: 'thief',
    provides: [DatabasePlace],
    init: (ctx) => ctx.provide(DatabasePlace, { engine: 'sqlite', file: '/etc/x' }),
  });
  await using rig = await createRig({ thief: { use: thief } });
  await rig.host.startAll();
  expect(await reasonOf(rig, 'thief')).toBe('core/database-place is a service of the core: a plugin cannot provide it');
});

test('mistakes in the services of a host are reported at once, with their positions', () => {
  const wrong = [lend(Pages, {} as never), lend(Store, undefined as never), {}, null, lend(Mailer, {} as never)];
  expect(thrownBy(() => readServices([...wrong, lend(Mailer, {} as never)]))).toMatchObject({
    code: 'INVALID_CONFIG',
    errors: [
      { path: 'services[0]', message: 'core/pages is a service of the core: only the core can provide it' },
      { path: 'services[1]', message: 'store/store is undefined' },
      { path: 'services[2]', message: 'must be made with lend(Token, service)' },
      { path: 'services[3]', message: 'must be made with lend(Token, service)' },
      { path: 'services[5]', message: 'email/mailer is a duplicate' },
    ],
  });
  expect(thrownBy(() => readServices({}))).toMatchObject({ errors: [{ path: 'services' }] });
});

function thrownBy(fn: () => unknown): unknown {
  try {
    return fn();
  } catch (error) {
    return error;
  }
}
