// How the command line answers to mistakes, to databases that are not there and to readers that go away.

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJobs } from '@phraseworks/jobs';
import { beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { commandLine, type RunOptions, startCommandLine } from './command-line.ts';

// Every command starts a process, while other tests run.
vi.setConfig({ testTimeout: 60_000 });

const PLUGIN = fileURLToPath(new URL('../../test/support/steps-plugin.ts', import.meta.url));

let folder: string;
const run = (args: string[], options?: RunOptions) => commandLine(folder, args, options);
const writeConfig = (config: object, name = 'jobs.config.mjs') =>
  writeFile(join(folder, name), `export default ${JSON.stringify(config)};\n`);

/** A database with this many jobs that wait. */
async function databaseWith(jobs: number, file = 'jobs.db'): Promise<string> {
  const url = `sqlite:${join(folder, file)}`;
  const site = await createJobs({ database: url, logLevel: 'silent' });
  await site.addJobs(Array.from({ length: jobs }, (_, n) => ({ type: 'later', data: { n } })));
  await site.stop();
  return url;
}

beforeEach(async () => {
  folder = await temporaryFolder();
});

test('without a command it prints the usage and exits with 2', async () => {
  const none = await run([]);
  expect(none).toMatchObject({ code: 2, out: [], err: expect.stringContaining('Usage: phraseworks-jobs COMMAND') });
  expect(await run(['--help'])).toMatchObject({ code: 0, err: '', out: none.err.split('\n').slice(0, -1) });
  expect((await run(['--version'])).out[0]).toMatch(/^\d+\.\d+\.\d+/);
});

test.each<[args: string[], says: string]>([
  [['lits'], 'Unknown command "lits": did you mean list? (phraseworks-jobs --help)'],
  [['list', '--stauts', 'failed'], 'Unknown option --stauts: did you mean --status? (phraseworks-jobs list --help)'],
  [['list', '--limit', 'many'], '--limit must be a whole number from 1 to 200. (phraseworks-jobs list --help)'],
  [['show'], 'show needs an argument: phraseworks-jobs show ID [options]. (phraseworks-jobs show --help)'],
  [
    ['add', 'count', '{to:1}'],
    'The data is not valid JSON: put it in single quotes, with keys and strings in double quotes. (phraseworks-jobs add --help)',
  ],
  [['list', '--config', 'other.js'], '--config: there is no file other.js. (phraseworks-jobs list --help)'],
])('%j gets its error in one line', async (args, says) => {
  expect(await run(args)).toMatchObject({ code: 2, out: [], err: `${says}\n` });
});

const DOUBLED = 'export default {\n  plugins: { email: true,, },\n};\n';
test.each([
  ['jobs.config.ts', DOUBLED, 2],
  ['jobs.config.mjs', DOUBLED, 2],
  ['jobs.config.mjs', 'const mail = undefined;\n\nexport default { plugins: { email: mail.on } };\n', 3],
])('an error in %s is reported with its file and line: %j', async (name, text, line) => {
  await writeFile(join(folder, name), text);
  const child = startCommandLine(folder, ['list']);
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    err += more;
  });
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(err).toMatch(new RegExp(`^The configuration cannot be read: ${name}:${line}: .+\\n$`));
});

test('a missing database exits with 3, and is not created', async () => {
  await writeConfig({ database: 'sqlite:typo/jobs.db' });
  const { code, json, err } = await run(['list', '--json']);
  expect(code).toBe(3);
  expect(err).toMatch(/^The database file does not exist: \S*typo\/jobs\.db\. .+\n$/);
  expect(json()).toEqual({ error: { code: 'UNAVAILABLE', message: err.trim() } });
  expect(existsSync(join(folder, 'typo'))).toBe(false);
});

test('an unreachable server exits with 3, and its password is not repeated', async () => {
  const { code, out, err } = await run(['nodes', '--database', 'mysql://jobs:secret@127.0.0.1:1/jobs']);
  expect([code, out]).toEqual([3, []]);
  expect(err).toMatch(/^The database is not available.+\n$/);
  expect(err).not.toContain('secret');
});

test('the flag overrides the environment, which overrides the configuration', async () => {
  const [one, two] = [await databaseWith(1, 'one.db'), await databaseWith(2, 'two.db')];
  await writeConfig({ database: 'sqlite:none.db' });
  const jobs = async (args: string[], env: Record<string, string>): Promise<number> =>
    ((await run(['list', '--json', ...args], { env })).json() as { jobs: unknown[] }).jobs.length;
  expect(await jobs([], { JOBS_DATABASE: one })).toBe(1);
  expect(await jobs(['--database', two], { JOBS_DATABASE: one })).toBe(2);
});

test('a configuration in TypeScript is read', async () => {
  await databaseWith(1);
  const text = "const database: string = 'sqlite:jobs.db';\nexport default { database };\n";
  await writeFile(join(folder, 'jobs.config.ts'), text);
  expect(await run(['list'])).toMatchObject({ code: 0, err: '' });
});

test.each<[args: string[], code: number, error: object]>([
  [['lits', '--json'], 2, { code: 'USAGE', message: 'Unknown command "lits": did you mean list?' }],
  [['show', '3f2a91c0', '--json'], 1, { code: 'JOB_NOT_FOUND', message: expect.any(String) }],
])('with --json a failure of %j is a document with its code', async (args, code, error) => {
  await databaseWith(0);
  await writeConfig({ database: 'sqlite:jobs.db' });
  const ran = await run(args);
  expect([ran.code, ran.json()]).toEqual([code, { error }]);
});

test('a reader that closes early is not an error', async () => {
  const database = await databaseWith(150);
  const child = startCommandLine(folder, ['list', '--limit', '200', '--database', database]);
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  child.stdout.destroy();
  const [code] = await once(child, 'close');
  expect([code, errors]).toEqual([0, '']);
});

test('config check lists every error with its key, including those of plugins', async () => {
  const steps = { use: PLUGIN, config: { speed: 0 } };
  await writeConfig({ database: 'sqlite:jobs.db', queue: { maxConcurrentJobs: 0 }, plugins: { steps } });
  const { code, json, err } = await run(['config', 'check', '--json']);
  expect(code).toBe(1);
  expect(json()).toMatchObject({
    ok: false,
    errors: [{ path: 'queue.maxConcurrentJobs' }, { path: 'plugins.steps.config.speed' }],
  });
  expect(err).toContain('Its stored settings were not checked.');
});

test('config check finds the schedules that start refuses, together with errors in plugins', async () => {
  await databaseWith(0);
  const nightly = { name: 'nightly', schedule: '61 1 * * *', jobData: { type: 'backup', data: {} } };
  const schedules = [nightly, { ...nightly, schedule: '0 1 * * *', timezone: 'Mars/Olympus' }];
  const steps = { use: PLUGIN, config: { speed: 0 } };
  await writeConfig({ database: 'sqlite:jobs.db', plugins: { steps }, schedules });
  const { code, json } = await run(['config', 'check', '--json']);
  expect(code).toBe(1);
  expect(json()).toMatchObject({
    errors: [
      { path: 'plugins.steps.config.speed' },
      { path: 'schedules[0].schedule' },
      { path: 'schedules[1].timezone' },
    ],
  });
  expect(await run(['schedules'])).toMatchObject({ code: 0, out: ['No schedules.'] });
});

test('config check accepts a good configuration', async () => {
  await databaseWith(0);
  await writeConfig({ database: 'sqlite:jobs.db', plugins: { steps: { use: PLUGIN } } });
  expect(await run(['config', 'check'])).toMatchObject({ code: 0, out: ['The configuration is valid.'], err: '' });
});

test('an invalid configuration exits with 2 for every other command', async () => {
  await databaseWith(0);
  await writeConfig({ database: 'sqlite:jobs.db', queue: { maxQueueSize: 0 } });
  expect(await run(['list'])).toMatchObject({ code: 2, out: [], err: expect.stringContaining('queue.maxQueueSize') });
});
