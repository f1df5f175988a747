// `start` and the binary: a site that starts where it should and stops on request.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { startCommandLine } from './command-line.ts';

vi.setConfig({ testTimeout: 60_000 });

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BINARY = fileURLToPath(new URL('../bin/phraseworks-jobs.js', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder, 'jobs.config.mjs'), "export default { database: 'sqlite:configured.db' };\n");
});

test('start serves the site on the database of the environment, until SIGTERM', async () => {
  const child = startCommandLine(folder, ['start'], { PORT: '0', JOBS_DATABASE: 'sqlite:named.db' });
  let page = '';
  let config = '';
  for await (const line of createInterface(child.stdout)) {
    [, page = '', config = ''] = /^ Page +(\S+) .* Config +(\S+)/.exec(line) ?? [];
    if (page !== '') break;
  }
  expect(config).toBe('jobs.config.mjs');
  expect((await fetch(`${page}/health`)).status).toBe(200);
  child.stdout.resume();
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
  expect([existsSync(join(folder, 'named.db')), existsSync(join(folder, 'configured.db'))]).toEqual([true, false]);
});

test('the start screen waits for a plugin that starts after the site', async () => {
  // Jobs run once the site works: the first one lets the slow plugin finish its start.
  const quick = `export default { name: 'quick', async init(ctx) {
    ctx.registerProcessor('first', async () => void process.emit('working'));
    await ctx.addJob({ type: 'first', data: {} });
  } };`;
  const slow = `import { once } from 'node:events';
export default { name: 'slow', init: async () => void (await once(process, 'working')) };`;
  await writeFile(join(folder, 'quick.mjs'), quick);
  await writeFile(join(folder, 'slow.mjs'), slow);
  const config = "export default { plugins: { slow: { use: './slow.mjs' }, quick: { use: './quick.mjs' } } };\n";
  await writeFile(join(folder, 'jobs.config.mjs'), config);
  const child = startCommandLine(folder, ['start'], { PORT: '0' });
  let shown = '';
  for await (const line of createInterface(child.stdout)) {
    [, shown = ''] = /^ +(\w+) +slow/.exec(line) ?? [];
    if (shown !== '') break;
  }
  child.stdout.resume();
  child.kill('SIGTERM');
  expect([shown, await once(child, 'close')]).toEqual(['ok', [0, null]]);
});

test('the binary runs the command line and passes on its exit code', async () => {
  const ran = async (...args: string[]) => {
    const child = spawn(process.execPath, [BINARY, ...args], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { out, err, code: code as number };
  };
  expect(await ran('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: '' });
  expect(await ran('lits')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('did you mean list?') });
});

test('npm start lists its options and settings, and refuses others by name', async () => {
  const ran = async (...args: string[]) => {
    const conditions = ['--import', 'tsx', '--conditions=@phraseworks/source'];
    const child = spawn(process.execPath, [...conditions, 'main.ts', ...args], { cwd: ROOT });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { out, err, code: code as number };
  };
  expect(await ran('--help')).toMatchObject({ code: 0, out: expect.stringMatching(/--workers N[\s\S]+PORT/), err: '' });
  expect(await ran('--port', '4000')).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringMatching(
      /^Unknown option --port: the options are --demo, .+\n\nUsage: [\s\S]+PORT=4000 npm start/,
    ),
  });
});

test('with LOG_FORMAT=json, each line of standard output is an object, and no link is among them', async () => {
  const said = async (args: string[], end: RegExp): Promise<Record<string, unknown>[]> => {
    const child = startCommandLine(folder, args, { PORT: '0', LOG_FORMAT: 'json' });
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (end.test(line)) child.kill('SIGTERM');
    }
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const [started, ...more] = await said(['start', '--workers', '1', '--example', 'none'], /No example/);
  expect(started).toMatchObject({
    level: 'info',
    msg: 'PhraseWorks Jobs has started',
    url: expect.stringMatching(/^http:/),
    workers: 1,
    plugins: { api: 'on' },
  });
  expect(more[0]).toMatchObject({ level: 'info', msg: expect.stringContaining('No example job') });
  expect(JSON.stringify([started, more])).not.toContain('/sign-in');
  expect((await said(['worker'], /ready/))[0]).toMatchObject({ event: 'ready', slots: 5 });
});
