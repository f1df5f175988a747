// Commands of plugins: found, explained, run, confirmed, stopped, and distinguished from unknown ones.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { commandLine, type RunOptions, startCommandLine } from './command-line.ts';

// Every command starts a process, while other tests run.
vi.setConfig({ testTimeout: 60_000 });

const PLUGIN = fileURLToPath(new URL('./commands-plugin.ts', import.meta.url));

let folder: string;
const run = (args: string[], options?: RunOptions) => commandLine(folder, args, options);
const configure = (plugins: object, name = 'jobs.config.mjs') =>
  writeFile(join(folder, name), `export default ${JSON.stringify({ database: 'sqlite:jobs.db', plugins })};\n`);

beforeEach(async () => {
  folder = await temporaryFolder();
  await configure({ shelf: { use: PLUGIN } });
  await run(['migrate']);
});

test('commands lists them, and the help mentions that command', async () => {
  const { code, out } = await run(['commands']);
  expect([code, ...out.slice(0, 2).map((line) => line.split(/ {2,}/))]).toEqual([
    0,
    ['COMMAND', 'PLUGIN', 'DOES'],
    ['burn', 'shelf', 'burn the books'],
  ]);
  expect((await run(['commands', '--json'])).json()).toMatchObject({
    commands: expect.arrayContaining([
      { name: 'count-books', plugin: 'shelf', summary: 'count the books', usage: ['[SHELF...] [--from N]'] },
    ]),
  });
  expect((await run(['--help'])).out).toContain('Plugins may add commands: phraseworks-jobs commands');
});

test('its help shows usage and options, with --help and with help', async () => {
  const { code, out, err } = await run(['count-books', '--help']);
  expect([code, err]).toEqual([0, '']);
  expect(out[0]).toBe('Count the books.');
  expect(out).toContain('Usage: phraseworks-jobs count-books [SHELF...] [--from N]');
  expect(out).toContain('  -f, --from VALUE  the number to begin with');
  expect((await run(['help', 'count-books'])).out).toEqual(out);
});

test('it receives its arguments and options, prints its progress in lines, and keeps --json clean', async () => {
  const plain = await run(['count-books', 'a', '-f', '3', 'b', '--loud']);
  expect([plain.code, plain.err]).toEqual([0, 'that was all\n']);
  expect([plain.out.length, plain.out[1], plain.out.at(-1)]).toEqual([12, '10 % counting', '5 books']);
  const json = await run(['count-books', 'a', '--json']);
  expect([json.code, json.out.length, json.json()]).toEqual([0, 1, { books: 1, terminal: false }]);
});

test('a command that asks for confirmation is refused without a terminal, and runs with --yes', async () => {
  expect(await run(['burn'])).toMatchObject({
    code: 2,
    out: [],
    err: 'This command asks for confirmation, and standard input is not a terminal: pass --yes. (phraseworks-jobs burn --help)\n',
  });
  const { code, out } = await run(['burn', '-y']);
  expect([code, out]).toEqual([0, [expect.stringMatching(/^burnt, see job /)]]);
  const id = out[0]?.split(' ').at(-1) ?? '';
  expect((await run(['show', id, '--json'])).json()).toMatchObject({ job: { type: 'dust', status: 'pending' } });
});

test.each([
  ['code', 7, ''],
  ['nonsense', 1, 'The command of the plugin "shelf" must return an exit code from 0 to 255, or nothing.\n'],
  ['lock', 1, 'the shelf is locked\n'],
  ['fire', 1, 'TOO_HOT: the shelf burns\n'],
  ['site', 10, ''],
])('its exit code is passed on: %s', async (way, code, err) => {
  expect(await run(['fail', way])).toMatchObject({ code, err });
});

test('an error in its code shows where it happened', async () => {
  const { code, err } = await run(['fail', 'mistake']);
  expect([code, err]).toEqual([1, expect.stringMatching(/^TypeError: .*\n +at .*commands-plugin\.ts/)]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s aborts its signal, and it stops properly', async (signal, code) => {
  const child = startCommandLine(folder, ['read-on']);
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  await once(createInterface({ input: child.stdout }), 'line');
  child.kill(signal);
  expect(await once(child, 'close')).toEqual([code, null]);
  expect(errors).toBe('Stopping. Press Ctrl+C again to stop immediately.\nStopped.\n');
});

test('a misspelt command gets the likely one, and the file of the database is only opened for a command that exists', async () => {
  expect((await run(['cuont-books'])).err).toBe(
    'Unknown command "cuont-books": did you mean count-books? (phraseworks-jobs --help)\n',
  );
  expect(await run(['lits', '--database', 'sqlite:none.db'])).toMatchObject({ code: 2 });
  expect(await run(['burn', '--database', 'sqlite:none.db'])).toMatchObject({ code: 3 });
  expect(await run(['burn', '--form', 'x'])).toMatchObject({ code: 2, err: expect.stringMatching(/^Unknown option/) });
});

test('while a plugin is off, its command is unknown, and it is named with the reason', async () => {
  await run(['plugins', 'disable', 'shelf']);
  const { code, out, err } = await run(['burn', '--yes']);
  expect([code, out]).toEqual([2, []]);
  expect(err).toMatch(
    /^The commands of these plugins are missing: shelf \(off: disabled\)\.\nUnknown command "burn": /,
  );
});
