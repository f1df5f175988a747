// The plugin's commands on the command line, one of them in its own process, which must exit by itself.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import type { BackupResult } from '../../plugins/backup/src/data.ts';
import { temporaryFolder } from '../../plugins/backup/test/kit.ts';
import { commandLine } from './command-line.ts';

vi.setConfig({ testTimeout: 120_000 });

const PLUGIN = fileURLToPath(new URL('../../plugins/backup/src/index.ts', import.meta.url));

const run = (cwd: string, ...args: string[]) => runWith({}, cwd, ...args);
async function runWith(env: Record<string, string>, cwd: string, ...args: string[]) {
  const { code, out, err } = await commandLine(cwd, args, env.ALONE ? { env, input: '' } : { env });
  const text = out.map((line) => `${line}\n`).join('');
  return { code, err, out: text, json: <T>() => JSON.parse(text) as T };
}

/** A folder with a configuration, a database, and uploads. */
async function siteFolder(target: object = {}): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'uploads'));
  await writeFile(join(folder, 'uploads', 'a.txt'), 'alpha');
  const config = {
    minFree: 0,
    files: { uploads: 'uploads' },
    passphrase: 'correct horse CANARY',
  };
  const site = {
    database: 'sqlite:jobs.db',
    storage: { backups: { folder: 'backups', ...target } },
    plugins: { backup: { use: PLUGIN, config } },
  };
  await writeFile(join(folder, 'jobs.config.mjs'), `export default ${JSON.stringify(site)};\n`);
  expect((await run(folder, 'migrate')).code).toBe(0);
  return folder;
}

test('backup, backups, verify and restore print text, and JSON on request; restore takes an id or the name that backup printed', async () => {
  const folder = await siteFolder();
  const made = await run(folder, 'backup', '--json', '--retention', '30 days');
  expect(made, made.err).toMatchObject({ code: 0 });
  const result = made.json<BackupResult>();
  expect(result).toMatchObject({ verified: true, files: 1 });

  const listed = await run(folder, 'backups');
  expect(listed.out.split('\n')).toEqual([
    expect.stringMatching(/^ID +WHAT +STATE +SIZE +MADE/),
    expect.stringMatching(new RegExp(`^${result.id} +full +verified +\\d`)),
    '',
  ]);

  const verified = await runWith({ ALONE: 'yes' }, folder, 'restore', result.id, '--verify');
  expect(verified.out).toContain('verified; restored and compared');

  const restored = await run(folder, 'restore', result.id, '--to', 'sqlite:copy.db', '--json');
  expect(restored.json()).toMatchObject({ restored: [{ part: 'jobs', rows: result.rows }] });
  expect(await readFile(join(folder, 'copy.db'), 'latin1')).toMatch(/^SQLite format 3/);

  const files = await run(folder, 'restore', result.file, '--to', 'back');
  expect(files.out, files.err).toContain('restored uploads into');
  expect(await readdir(join(folder, 'back', 'uploads'))).toEqual(['a.txt']);
  const all = [made, listed, verified, restored, files].map(({ out, err }) => out + err).join('');
  expect(all).not.toContain('CANARY');
});

test('a failure is one line with its code and exits with 1; wrong usage exits with 2', async () => {
  const folder = await siteFolder();
  const { id } = (await run(folder, 'backup', '--type', 'database', '--json')).json<BackupResult>();
  const live = await run(folder, 'restore', id, '--to', 'sqlite:jobs.db', '--yes');
  expect(live).toMatchObject({ code: 1, err: expect.stringMatching(/LIVE_DATABASE: .*stop the site/) });
  await writeFile(join(folder, 'there.db'), 'something');
  expect(await run(folder, 'restore', id, '--to', 'sqlite:there.db')).toMatchObject({
    code: 1,
    err: expect.stringContaining('TARGET_NOT_EMPTY'),
  });
  const replaced = await run(folder, 'restore', id, '--to', 'sqlite:there.db', '--yes');
  expect(replaced).toMatchObject({ code: 0, out: expect.stringContaining('kept the previous data as') });
  expect(replaced.err).toMatch(
    /there\.db \(not a whole SQLite database, 9 B\) is replaced, and kept as .*\.before-restore-/,
  );
  expect(await run(folder, 'restore', '0123456789', '--verify')).toMatchObject({
    code: 1,
    err: expect.stringContaining('BACKUP_NOT_FOUND'),
  });
  expect((await run(folder, 'restore', '0123456789', '--verify', '--json')).json()).toMatchObject({
    error: { code: 'BACKUP_NOT_FOUND', message: expect.any(String) },
  });
  expect(await run(folder, 'restore')).toMatchObject({ code: 2, err: expect.stringContaining('--verify') });
  const wrong = await run(folder, 'backup', '--retention', '30 dayz');
  expect(wrong.code).not.toBe(0);
  expect(wrong.err).toContain('--retention must be a whole number and a unit');
});

const PASSPHRASE = { JOBS_BACKUP__PASSPHRASE: 'correct horse CANARY' };

/** A machine on which there is nothing but the packages and a line of configuration. */
async function emptyMachine(storage: object = {}): Promise<string> {
  const folder = await temporaryFolder();
  const site = { storage, plugins: { backup: { use: PLUGIN } } };
  await writeFile(join(folder, 'jobs.config.mjs'), `export default ${JSON.stringify(site)};\n`);
  return folder;
}

/** No database of jobs was made on the way. */
const databases = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((name) => /jobs\.db/.test(name));

test('on an empty machine archives are listed, verified and restored from a folder or a file, without creating a database', async () => {
  const old = await siteFolder();
  const { id, file, rows } = (await run(old, 'backup', '--json')).json<BackupResult>();
  const empty = await emptyMachine();
  const usb = join(old, 'backups');

  const listed = await runWith(PASSPHRASE, empty, 'backups', '--folder', usb);
  expect(listed, listed.err).toMatchObject({
    code: 0,
    out: expect.stringMatching(new RegExp(`^${id} +full +unverified`, 'm')),
  });
  expect(listed.err).toContain('The database file does not exist');

  // Under any name: it was downloaded, or sent by mail.
  await copyFile(join(usb, file), join(empty, 'last.age'));
  const restored = await runWith(PASSPHRASE, empty, 'restore', 'last.age', '--to', 'sqlite:site.db', '--json');
  expect(restored.json(), restored.err).toMatchObject({ id, recorded: false, restored: [{ part: 'jobs', rows }] });
  const files = await runWith(PASSPHRASE, empty, 'restore', id, '--folder', usb, '--to', '.');
  expect(files, files.err).toMatchObject({
    code: 0,
    out: expect.stringContaining('this site has no record of making this archive'),
  });
  expect(await readFile(join(empty, 'uploads', 'a.txt'), 'utf8')).toBe('alpha');
  expect(await databases(empty)).toEqual([]);

  const wrong = await runWith(
    { JOBS_BACKUP__PASSPHRASE: 'another horse battery' },
    empty,
    'restore',
    'last.age',
    '--verify',
  );
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('WRONG_PASSPHRASE') });
  const none = await run(empty, 'restore', 'last.age', '--verify');
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining('PASSPHRASE_NEEDED') });
  // What needs the database still says so.
  expect(await run(empty, 'backup')).toMatchObject({
    code: 3,
    err: expect.stringContaining('The database file does not exist'),
  });
  // In its place, the restored database knows the backup it came from only as one that is being written.
  const place = ['--folder', usb, '--part', 'jobs', '--to', 'sqlite:data/jobs.db'];
  expect(await runWith(PASSPHRASE, empty, 'restore', id, ...place)).toMatchObject({ code: 0 });
  expect((await runWith(PASSPHRASE, empty, 'restore', id, '--folder', usb, '--verify')).code).toBe(0);
  expect((await runWith(PASSPHRASE, empty, 'backups', '--folder', usb)).out).toContain(id);
  // The site starts from what was restored.
  expect((await run(empty, 'list', '--database', 'sqlite:site.db')).code).toBe(0);
});
