// The plugin's commands on the real command line, each in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../test/kit.ts';
import type { BackupResult } from './data.ts';

vi.setConfig({ testTimeout: 120_000 });

const MAIN = fileURLToPath(new URL('../../../core/src/cli/main.ts', import.meta.url));
const PLUGIN = fileURLToPath(new URL('./index.ts', import.meta.url));

async function run(cwd: string, ...args: string[]) {
  const flags = ['--import', import.meta.resolve('tsx'), '--conditions=@phraseworks/source', MAIN];
  const child = spawn(process.execPath, [...flags, ...args], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', JOBS_DATABASE: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { out, err, code: code as number, json: <T>() => JSON.parse(out) as T };
}

/** A folder with a configuration, a database, and uploads. */
async function siteFolder(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'uploads'));
  await writeFile(join(folder, 'uploads', 'a.txt'), 'alpha');
  const config = { folder: 'backups', minFree: 0, files: { uploads: 'uploads' }, passphrase: 'correct horse CANARY' };
  const site = { database: 'sqlite:jobs.db', plugins: { backup: { use: PLUGIN, config } } };
  await writeFile(join(folder, 'jobs.config.mjs'), `export default ${JSON.stringify(site)};\n`);
  expect((await run(folder, 'migrate')).code).toBe(0);
  return folder;
}

test('backup, backups, verify and restore, for people and for programs', async () => {
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

  const verified = await run(folder, 'restore', result.id, '--verify');
  expect(verified.out).toContain('verified; restored and compared');

  const restored = await run(folder, 'restore', result.id, '--to', 'sqlite:copy.db', '--json');
  expect(restored.json()).toMatchObject({ restored: [{ part: 'jobs', rows: result.rows }] });
  expect(await readFile(join(folder, 'copy.db'), 'latin1')).toMatch(/^SQLite format 3/);

  const files = await run(folder, 'restore', result.id, '--to', 'back');
  expect(files.out).toContain('restored uploads into');
  expect(await readdir(join(folder, 'back', 'uploads'))).toEqual(['a.txt']);
  const all = [made, listed, verified, restored, files].map(({ out, err }) => out + err).join('');
  expect(all).not.toContain('CANARY');
});

test('what cannot be done is told in one line with its code, and an exit code of 1; what was asked wrongly is 2', async () => {
  const folder = await siteFolder();
  const { id } = (await run(folder, 'backup', '--type', 'database', '--json')).json<BackupResult>();
  const live = await run(folder, 'restore', id, '--to', 'sqlite:jobs.db', '--yes');
  expect(live).toMatchObject({ code: 1, err: expect.stringMatching(/LIVE_DATABASE: .*stop the site/) });
  await writeFile(join(folder, 'there.db'), 'something');
  expect(await run(folder, 'restore', id, '--to', 'sqlite:there.db')).toMatchObject({
    code: 1,
    err: expect.stringContaining('TARGET_NOT_EMPTY'),
  });
  expect(await run(folder, 'restore', id, '--to', 'sqlite:there.db', '--yes')).toMatchObject({ code: 0 });
  expect(await run(folder, 'restore', '0123456789', '--verify')).toMatchObject({
    code: 1,
    err: expect.stringContaining('BACKUP_NOT_FOUND'),
  });
  expect(await run(folder, 'restore')).toMatchObject({ code: 2, err: expect.stringContaining('--verify') });
  const wrong = await run(folder, 'backup', '--retention', '30 dayz');
  expect(wrong.code).not.toBe(0);
  expect(wrong.err).toContain('--retention must be a whole number and a unit');
});
