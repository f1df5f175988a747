// The command `link`, the way in to a site without authorize, and what the start screen says of it.
import { execFile } from 'node:child_process';
import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { startProgram } from '../../test/support/child.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { openLiveSite } from '../../test/support/live-site.ts';
import { cookieOf, exchange, expectClosed, get } from '../../test/support/sign-in.ts';
import { commandLine } from './command-line.ts';

vi.setConfig({ testTimeout: 60_000 });

const SITE = '../../cli/test/closed-site-child.ts';

/** The link that the command prints for the site that started last. */
async function linkTo(database: string): Promise<URL> {
  const { out } = await commandLine(await temporaryFolder(), ['link', '--database', database]);
  return new URL(out[0] ?? '');
}

test('a link signs in once, and neither it nor another one is in the output of a start without a terminal', async () => {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  const child = startProgram(SITE, [database], { env: { PORT: '0', LOG_LEVEL: 'debug' } });
  expect(await child.line(' Link  ')).toBe('npx phraseworks-jobs link prints one that signs you in');
  await child.line('ready ');
  const link = await linkTo(database);
  const port = Number(link.port);
  await expectClosed(port);
  const code = link.searchParams.get('code') ?? '';
  const cookie = cookieOf(await exchange(`http://127.0.0.1:${port}`, code));
  expect(await get(port, '/jobs/api/jobs', { cookie })).toBe(200);
  expect((await exchange(`http://127.0.0.1:${port}`, code)).status).toBe(401);
  child.signal('SIGTERM');
  await child.over;
  for (const said of [child.errors(), child.lines.join('\n')]) {
    expect(said).not.toContain(code);
    expect(said).not.toMatch(/pwj_|code=/);
  }
});

test('the command prints a link and a token, lists them, and revoking ends both', async () => {
  const folder = await temporaryFolder();
  const database = `sqlite:${join(folder, 'jobs.db')}`;
  await using site = await openLiveSite({ database, closed: true, plugins: { 'sign-in': true } });
  const run = (...args: string[]) => commandLine(folder, ['link', '--database', database, ...args]);
  const printed = await run('--url', `http://127.0.0.1:${site.port}/jobs/`);
  expect([printed.code, printed.out.length]).toEqual([0, 1]);
  const link = new URL(printed.out[0] ?? '');
  expect(`${link.origin}${link.pathname}`).toBe(`http://127.0.0.1:${site.port}/jobs/sign-in`);
  const cookie = cookieOf(await exchange(link.origin, link.searchParams.get('code') ?? ''));
  const [token = ''] = (await run('--token', 'deploy', '--may', 'view,add', '--days', '30')).out;
  const bearer = { authorization: `Bearer ${token}` };
  expect(await get(site.port, '/jobs/api/jobs', { cookie })).toBe(200);
  expect(await get(site.port, '/jobs/api/jobs', bearer)).toBe(200);
  expect((await run('--list')).out).toEqual([expect.stringContaining('deploy'), expect.stringContaining('session')]);
  expect((await run('--revoke', 'nobody')).code).toBe(1);
  expect((await run('--revoke')).code).toBe(0);
  await vi.waitFor(async () => expect(await get(site.port, '/jobs/api/jobs', bearer)).toBe(401), { timeout: 30_000 });
  expect(await get(site.port, '/jobs/api/jobs', { cookie })).toBe(401);
  const refused = await commandLine(folder, ['plugins', 'disable', 'sign-in', '--database', database]);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('The plugin "sign-in" is always on')]);
});

test.skipIf(process.getuid?.() !== 0)(
  'another user of the machine cannot sign in or read the code, key or token',
  async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o755);
    const database = `sqlite:${join(folder, 'data/jobs.db')}`;
    const child = startProgram(SITE, [database], { env: { PORT: '0' } });
    const page = await child.line('ready ');
    const link = await linkTo(database);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    for (const name of ['jobs.db', 'jobs.db-wal', 'jobs.db-shm'])
      expect([name, (await stat(join(folder, 'data', name))).mode & 0o777]).toEqual([name, 0o600]);
    const asOther = async (script: string): Promise<string> => {
      const args = ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c', script];
      return (await promisify(execFile)('setpriv', args)).stdout;
    };
    const code = link.searchParams.get('code') ?? '';
    expect(await asOther(`curl -s -o /dev/null -w '%{http_code}' ${page}/api/jobs`)).toBe('401');
    expect(await asOther('cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; true')).not.toContain(code);
    expect(await asOther(`cat ${folder}/data/* 2>/dev/null; true`)).toBe('');
  },
);
