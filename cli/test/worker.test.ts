// `worker`: a process that only runs jobs, of the given plugins and types.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createJobs, type JobsHost } from '@phraseworks/jobs';
import { beforeEach, expect, test, vi } from 'vitest';
import { type Child, startNode } from '../../test/support/child.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { commandLine, PROGRAM } from './command-line.ts';

const PLUGINS = ['mail', 'image'];

// Each test starts processes, also on a machine that has other things to do.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let database: string;
let site: JobsHost;

beforeEach(async () => {
  folder = await temporaryFolder();
  database = `sqlite:${join(folder, 'jobs.db')}`;
  for (const name of PLUGINS) {
    const code = `export default { name: '${name}', init(ctx) {
  ctx.registerProcessor('${name}', async () => {});
  ctx.registerProcessor('${name}_large', () => { throw new Error('too large'); }, { concurrency: 1, maxRetries: 0 });
} };`;
    await writeFile(join(folder, `${name}.mjs`), code);
  }
  const plugins = Object.fromEntries(PLUGINS.map((name) => [name, { use: `./${name}.mjs` }]));
  const config = JSON.stringify({ database, plugins });
  await writeFile(join(folder, 'jobs.config.mjs'), `export default ${config};`);
  // It adds and does not work.
  site = await createJobs({ database, plugins, baseDir: folder, roles: ['web'], logLevel: 'silent' });
  await site.start();
  return () => site.stop();
});

const worker = (...args: string[]): Child => startNode([...PROGRAM, 'worker', ...args], { cwd: folder });

const statusOf = async (id: string) => (await site.getJobStatus(id))?.status;

test('it runs all types of the given plugins, and leaves other jobs alone', async () => {
  const [mail, large, image] = await site.addJobs([
    { type: 'mail', data: {} },
    { type: 'mail_large', data: {} },
    { type: 'image', data: {} },
  ]);
  const child = worker('--only', 'mail', '--concurrency', '2');
  expect(await child.line('ready')).toMatch(/^worker [0-9a-f-]{36}, 2 slots, types mail, mail_large$/);
  await expect.poll(() => statusOf(mail?.id ?? ''), { timeout: 30_000 }).toBe('completed');
  await expect.poll(() => statusOf(large?.id ?? ''), { timeout: 30_000 }).toBe('failed');
  // What came after it ran as well: it had its chance.
  const later = await site.addJob({ type: 'mail', data: {} });
  await expect.poll(() => statusOf(later.id), { timeout: 30_000 }).toBe('completed');
  expect(await statusOf(image?.id ?? '')).toBe('pending');
  child.signal('SIGTERM');
  expect(await child.over).toBe(0);
  expect(child.errors()).toMatch(/^warn {2}Job failed: too large job=\S+ type=mail_large plugin=mail attempt=1\n$/);
});

test('with --json it says in one document when it is ready', async () => {
  const child = worker('--json', '--only', 'mail');
  await child.line('{"event":"ready"');
  child.signal('SIGTERM');
  expect(await child.over).toBe(0);
  expect(child.lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { event: 'ready', pid: child.pid, slots: 5, types: ['mail', 'mail_large'] },
  ]);
});

test('an unknown name gets a warning, and invalid options exit with 2', async () => {
  const child = worker('--only', 'mial');
  await child.line('ready');
  await expect
    .poll(() => child.errors(), { timeout: 30_000 })
    .toContain('no plugin or type is called mial. Known: api, image, image_large, jobs.bulk, mail, mail_large.');
  const refused = async (...options: string[]) => (await commandLine(folder, ['worker', ...options])).code;
  expect([await refused('--concurrency', '0'), await refused('--only', 'mail,')]).toEqual([2, 2]);
});

test('nodes shows a worker of this machine as dead as soon as it was killed', async () => {
  const child = worker('--only', 'mail');
  await child.line('ready');
  const states = async () =>
    (await commandLine(folder, ['nodes'])).out
      .slice(1)
      .map((line) => [/worker/.test(line), /(up|dead) /.exec(line)?.[1]]);
  expect(await states()).toContainEqual([true, 'up']);
  child.signal('SIGKILL');
  await child.over;
  expect(await states()).toContainEqual([true, 'dead']);
  expect((await commandLine(folder, ['nodes', '--json'])).json()).toMatchObject({
    nodes: [{ live: true }, { live: false }],
  });
});

test.each([
  ['worker', ['worker']],
  ['start', ['start']],
  ['a worker process of start', ['start', '--workers', '1']],
])('with LOG_FORMAT=json a line of %s about a job has it as a field', async (_, args) => {
  const { id } = await site.addJob({ type: 'mail_large', data: {} });
  const child = startNode([...PROGRAM, ...args], { cwd: folder, env: { LOG_FORMAT: 'json', PORT: '0' } });
  const logged = () =>
    child
      .errors()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { msg: string });
  const failed = () => logged().find(({ msg }) => msg.includes('Job failed'));
  await expect
    .poll(failed, { timeout: 30_000 })
    .toMatchObject({ level: 'warn', job: id, type: 'mail_large', attempt: 1 });
  expect(failed()?.msg).not.toContain(id);
});
