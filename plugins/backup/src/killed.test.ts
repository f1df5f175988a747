// A process killed at any moment of a backup: nothing half-written is left, and a verified backup is always there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { onMysql, site, temporaryFolder } from '../test/kit.ts';
import { asRoot, newDatabase, urlOf } from '../test/server.ts';
import { readArchiveName } from './names.ts';

const ROUNDS = Number(process.env.JOBS_TEST_KILLS ?? 3);
const CHILD = fileURLToPath(new URL('../test/back-up.ts', import.meta.url));

/** Runs it until it has completed one backup and, in the next ones, changed its folder of work so many times; then kills it. */
async function runAndKill(args: string[], work: string, changes: number): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@phraseworks/source', CHILD, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8');
  const ready = new Promise<void>((resolve) =>
    child.stdout.on('data', (text: string) => {
      said += text;
      if (said.includes('completed')) resolve();
    }),
  );
  const exit = once(child, 'exit');
  await Promise.race([ready, exit]);
  let last = '';
  for (let seen = 0; seen < changes && child.exitCode === null; ) {
    const now = await contentsOf(work);
    if (now !== last) seen += 1;
    last = now;
  }
  child.kill('SIGKILL');
  await exit;
  return said;
}

/** The names and sizes of all files. */
async function contentsOf(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true }).catch(() => [])).sort();
  const sizes = names.map(async (name) => (await stat(join(folder, name)).catch(() => null))?.size);
  return JSON.stringify([names, await Promise.all(sizes)]);
}

test(`after ${ROUNDS} kills there is no partial file, and always a verified backup`, {
  timeout: 60_000 + ROUNDS * 30_000,
}, async () => {
  const base = await temporaryFolder();
  const folder = join(base, 'backups');
  const uploads = join(base, 'uploads');
  await mkdir(uploads);
  await writeFile(join(uploads, 'photo.jpg'), Buffer.alloc(2_000_000, 'photo'));
  const database = onMysql ? urlOf(await newDatabase()) : `sqlite:${join(base, 'jobs.db')}`;
  const config = { minFree: 0, files: { uploads } };
  let left = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const said = await runAndKill([database, folder, JSON.stringify(config)], join(folder, '.work'), (round * 7) % 31);
    expect(said).not.toContain('failed');
    const names = (await readdir(folder)).filter((name) => name !== '.work');
    expect(names.filter((name) => readArchiveName(name) === null)).toEqual([]);
    expect(names.length).toBeGreaterThan(0);
    left += (await readdir(join(folder, '.work'))).length;
  }
  // Another process on the same folder settles what they left, and every archive there is restores.
  await using here = await site({ folder, ...config }, { database });
  await here.jobs.advance(60_000);
  for (const { id } of await here.list())
    expect((await here.run('backup_verify', { id }))?.result).toMatchObject({ verified: true });
  await here.backup({ type: 'full' });
  expect(await readdir(join(folder, '.work'))).toEqual([]);
  const like = `${new URL(database).pathname.slice(1)}\\_pwj\\_verify%`;
  if (onMysql) expect(await asRoot([`show databases like '${like}'`])).toEqual([]);
  if (process.env.JOBS_TEST_KILLS)
    console.log(`${ROUNDS} kills, ${left} of them in the middle of a backup: no partial file, every archive restores`);
});
