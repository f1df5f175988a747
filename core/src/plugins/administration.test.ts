// What an administrator changes is checked, stored, followed by other processes, and can be undone.
import { definePlugin, token } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createRig, type Rig, until } from '../../test/plugin-rig.ts';

const Crm = token<{ host: string }>('crm/crm');
const seen: unknown[] = [];
const email = definePlugin({
  name: 'email',
  config: z.object({
    from: z.email().default('a@b.org'),
    password: z.string().default('').meta({ secret: true }),
    keep: z.number().default(1),
  }),
  init: (ctx) => void seen.push(ctx.config),
});

/** Its `init` waits for `gate` where the host is `slow`, and throws where it is `gone`. */
function crm() {
  const hosts: string[] = [];
  const gate = { open: () => {} };
  const plugin = definePlugin({
    name: 'crm',
    provides: [Crm],
    config: z.object({ host: z.string().default('a') }),
    async init(ctx) {
      const { host } = ctx.config;
      hosts.push(host);
      if (host === 'slow') {
        await new Promise<void>((resolve) => {
          gate.open = resolve;
        });
      }
      if (host === 'gone') throw new Error('no answer from https://me:CANARY@crm');
      ctx.provide(Crm, { host });
    },
  });
  const user = definePlugin({ name: 'user', needs: { crm: Crm }, init: () => {} });
  return { hosts, gate, entries: { crm: { use: plugin }, user: { use: user } } };
}
const storedConfigs = async (rig: Rig) =>
  (await rig.dialect.db.selectFrom('pwj_plugins').select('config').execute()).map(({ config }) => config);

test('a config that fails in init is not stored, and the previous one stays in use', async () => {
  const { hosts, entries } = crm();
  await using rig = await createRig(entries);
  await rig.host.startAll();
  await rig.host.configure('crm', { host: 'b' });
  hosts.length = 0;
  await expect(rig.host.configure('crm', { host: 'gone' })).rejects.toMatchObject({
    code: 'INVALID_DATA',
    message:
      'The plugin did not start with this config: no answer from https://me:********@crm; the previous config stays in use.',
  });
  expect([hosts, rig.host.states()]).toEqual([['gone', 'b'], { crm: 'on', user: 'on' }]);
  expect(await storedConfigs(rig)).toEqual(['{"host":"b"}']);
  expect(await rig.host.settings('crm')).toMatchObject({ config: { host: 'b' } });
});

test('a config is stored only after the plugin has started with it', async () => {
  const { hosts, gate, entries } = crm();
  await using rig = await createRig(entries);
  await rig.host.startAll();
  const configured = rig.host.configure('crm', { host: 'slow' });
  await until(() => hosts.includes('slow'));
  expect(await storedConfigs(rig)).toEqual([]);
  await rig.host.follow();
  gate.open();
  expect([await configured, await storedConfigs(rig), hosts]).toEqual(['on', ['{"host":"slow"}'], ['a', 'slow']]);
});

test('after a failed config, the plugin continues with what another process has stored meanwhile', async () => {
  const { hosts, entries } = crm();
  await using rig = await createRig(entries);
  await using other = await createRig({ crm: { ...entries.crm, enabled: false } }, { dialect: rig.dialect });
  await rig.host.startAll();
  const configured = rig.host.configure('crm', { host: 'gone' });
  await other.host.configure('crm', { host: 'c' });
  await rig.host.follow();
  await configured.catch(() => {});
  await rig.host.follow();
  expect([hosts.at(-1), rig.host.states()]).toEqual(['c', { crm: 'on', user: 'on' }]);
});

test('two simultaneous config changes are applied one after the other', async () => {
  const { hosts, entries } = crm();
  await using rig = await createRig(entries);
  await rig.host.startAll();
  const bad = rig.host.configure('crm', { host: 'gone' });
  const good = rig.host.configure('crm', { host: 'b' });
  const badAgain = rig.host.configure('crm', { host: 'gone' });
  await expect(bad).rejects.toMatchObject({ code: 'INVALID_DATA' });
  expect(await good).toBe('on');
  await expect(badAgain).rejects.toMatchObject({ code: 'INVALID_DATA' });
  expect(hosts).toEqual(['a', 'gone', 'a', 'b', 'gone', 'b']);
  expect(await storedConfigs(rig)).toEqual(['{"host":"b"}']);
});

test('a plugin that is disabled while it tries a config stays off', async () => {
  const { hosts, gate, entries } = crm();
  await using rig = await createRig(entries);
  await rig.host.startAll();
  const configured = rig.host.configure('crm', { host: 'slow' });
  await until(() => hosts.includes('slow'));
  const disabled = rig.host.disable('crm');
  gate.open();
  await configured;
  expect([await disabled, rig.host.states().crm]).toEqual(['off', 'off']);
});

test('another process on the same database applies the change', async () => {
  await using one = await createRig({ email: { use: email } });
  await using other = await createRig(one.plugins, { dialect: one.dialect });
  await one.host.startAll();
  await other.host.startAll();
  await one.host.disable('email');
  await other.host.follow();
  expect(other.host.states()).toEqual({ email: 'off' });
  await one.host.enable('email');
  await one.host.configure('email', { keep: 7 });
  seen.length = 0;
  await other.host.follow();
  expect([other.host.states(), seen]).toEqual([{ email: 'on' }, [expect.objectContaining({ keep: 7 })]]);
  await other.host.follow();
  expect(seen).toHaveLength(1);
});
