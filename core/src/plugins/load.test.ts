// Registrations made while a file is imported apply each time the plugin is enabled, in every instance.
import { expect, test } from 'vitest';
import { hostFolder } from '../../test/host-folder.ts';
import { createRig } from '../../test/plugin-rig.ts';

const TOP_LEVEL = `
import { addAction, addJob, registerProcessor, scheduleJob } from '@phraseworks/sdk';
registerProcessor('top', async () => ({ success: true }));
addAction('job:failed', () => {});
const saved = await scheduleJob({ type: 'top', schedule: '0 2 * * *', data: {} });
if (!saved.nextRun) throw new Error('no next run');
await addJob({ type: 'top', data: { at: 'import' } });
export function init() {}
`;

test('top-level registrations are repeated each time the plugin is enabled, and in a second instance', async () => {
  await using folder = await hostFolder({ 'top.mjs': TOP_LEVEL });
  const options = { baseDir: folder.path };
  await using one = await createRig({ top: { use: './top.mjs' } }, options);
  await one.host.startAll();
  const before = one.host.footprint();
  expect(before.plugins.top).toMatchObject({ types: 1, hooks: 1, schedules: 1 });
  await one.host.disable('top');
  expect(one.host.footprint().total).toMatchObject({ types: 0, hooks: 0, schedules: 0 });
  await one.host.enable('top');
  expect(one.host.footprint()).toEqual(before);

  await using second = await createRig({ other: { use: './top.mjs' } }, options);
  await second.host.startAll();
  expect(second.host.footprint().plugins.other).toEqual(before.plugins.top);
  const schedules = await second.dialect.reader.selectFrom('pwj_schedules').select('key').execute();
  expect(schedules).toEqual([{ key: 'other/top' }]);
  expect(await one.jobs()).toEqual(['top {"at":"import"}']);
});

test('a top-level registration that comes too late is refused', async () => {
  const file = `import { registerProcessor } from '@phraseworks/sdk';
    const begin = new Promise((resolve) => { globalThis.registerLate = resolve; });
    globalThis.late = begin.then(() => registerProcessor('late', () => {}));
    export const init = () => {};`;
  await using folder = await hostFolder({ 'x.mjs': file });
  await using rig = await createRig({ x: { use: './x.mjs' } }, { baseDir: folder.path });
  await rig.host.startAll();
  const made = globalThis as unknown as { registerLate(): void; late: Promise<void> };
  made.registerLate();
  await expect(made.late).rejects.toThrow('registerProcessor() was called too late');
  expect(rig.types()).toEqual([]);
});

test('a plugin whose own name differs is used under its key, with a log line', async () => {
  await using folder = await hostFolder({
    'x.mjs': 'export default { slug: "hello", name: "Hello World", init() {} };',
  });
  await using rig = await createRig({ greeter: { use: './x.mjs' } }, { baseDir: folder.path });
  await rig.host.startAll();
  expect(await rig.host.list()).toMatchObject([{ name: 'greeter', title: 'Hello World', state: 'on' }]);
  expect(rig.log.join('\n')).toContain(
    `plugins.greeter: the plugin's own name is "hello", but it is used here as "greeter"`,
  );
});
