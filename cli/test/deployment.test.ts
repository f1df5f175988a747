// docs/deployment.md: each file starts a site that stops properly at SIGTERM, even as the first process of a container.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createJobs } from '@phraseworks/jobs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fencesOf, ROOT } from '../../test/docs/markdown.ts';
import { temporaryFolder } from '../../test/support/folder.ts';

vi.setConfig({ testTimeout: 90_000 });

const fence = (text: string): string =>
  fencesOf('docs/deployment.md').find(({ code }) => code.includes(text))?.code ?? '';

/** The words of the JSON list after `key`. */
const words = (text: string, key: string): string[] =>
  JSON.parse(new RegExp(`^ *${key} (\\[.*\\])$`, 'm').exec(text)?.[1] ?? '[]') as string[];

const unit = fence('[Service]');
const dockerfile = fence('FROM node');
const compose = fence('services:');
const kubernetes = fence('terminationGracePeriodSeconds');

const commands: [string, string[], inContainer: boolean][] = [
  ['the unit of systemd', (/^ExecStart=\/usr\/bin\/(.*)$/m.exec(unit)?.[1] ?? '').split(' '), false],
  ['the container', words(dockerfile, 'CMD'), true],
  ['the worker of Compose', words(compose, 'command:'), true],
  ['the site on Kubernetes', words(kubernetes, 'args:'), true],
];

interface Started {
  child: ChildProcess;
  lines: string[];
  folder: string;
  /** Of the line that says so. */
  port: number;
}

async function start(command: string[], inContainer: boolean): Promise<Started> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'data'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(
    join(folder, 'jobs.config.mjs'),
    `export default { database: 'sqlite:data/jobs.db', plugins: { slow: { use: './slow.mjs' } } };`,
  );
  await writeFile(
    join(folder, 'slow.mjs'),
    // Its job ends once the process is asked to stop, by the signal or by its supervisor, unless the site aborts it.
    `const stopped = new Promise((resolve) => {
  for (const way of ['SIGTERM', 'message']) process.on(way, (word) => ['SIGTERM', 'stop'].includes(word) && setImmediate(resolve));
});
export default { name: 'slow', init(ctx) {
  ctx.registerProcessor('slow', (_data, _id, _attempt, { signal }) => {
    console.log('begun');
    return stopped.then(() => signal.throwIfAborted());
  });
} };`,
  );
  const [, ...args] = command.map((word, i) => (command[i - 1] === '--port' ? '0' : word));
  // The first process of a container is process 1 of its namespace: signals without a handler are ignored there.
  const program = inContainer
    ? [
        'unshare',
        ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
        '--pid',
        '--fork',
        '--mount-proc',
        '--kill-child',
        process.execPath,
        ...args,
      ]
    : [process.execPath, ...args];
  const child = spawn(program[0] as string, program.slice(1), {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', JOBS_DATABASE: '', PORT: '0', HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // From source, the binary runs the site in a child process, which a SIGKILL would leave behind.
  const over = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await over;
  });
  const lines: string[] = [];
  const started = new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).on('line', (line) => {
      lines.push(line);
      const port = /(?:^ Page .*:|probes on )(\d+)/.exec(line)?.[1];
      if (port) resolve(Number(port));
    });
    child.once('exit', () => reject(new Error(`it ended at once:\n${lines.join('\n')}`)));
  });
  return { child, lines, folder, port: await started };
}

/** Of the site itself, whose parent `unshare` passes no signal on. */
async function pidOf(child: ChildProcess, inContainer: boolean): Promise<number> {
  if (!inContainer) return child.pid as number;
  return Number((await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim());
}

test.skipIf(process.platform !== 'linux').each(commands)(
  '%s: SIGTERM lets a running job finish, and the exit code is 0',
  async (_, command, inContainer) => {
    const { child, folder, lines } = await start(command, inContainer);
    const database = `sqlite:${join(folder, 'data/jobs.db')}`;
    await using site = await createJobs({
      database,
      roles: ['web'],
      logLevel: 'silent',
      baseDir: folder,
      plugins: { slow: { use: './slow.mjs' } },
    });
    await site.start();
    const { id } = await site.addJob({ type: 'slow', data: {} });
    // A job that is claimed and has not begun is released instead.
    await expect.poll(() => lines, { timeout: 30_000 }).toContain('begun');
    const over = once(child, 'exit');
    process.kill(await pidOf(child, inContainer), 'SIGTERM');
    expect(await over).toEqual([0, null]);
    expect(await site.getJobStatus(id)).toMatchObject({ status: 'completed', attempt: 1 });
  },
);

test('a worker answers its probes, and nothing else', async () => {
  const { port } = await start(words(compose, 'command:'), false);
  const answer = async (path: string, init?: RequestInit) => {
    const { status } = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return [path, status];
  };
  expect(
    await Promise.all(
      ['/health', '/ready', '/', '/api/jobs', '/jobs/api/jobs', '/plugins/slow'].map((path) => answer(path)),
    ),
  ).toEqual([
    ['/health', 200],
    ['/ready', 200],
    ['/', 404],
    ['/api/jobs', 404],
    ['/jobs/api/jobs', 404],
    ['/plugins/slow', 404],
  ]);
  expect(await answer('/health', { method: 'POST' })).toEqual(['/health', 404]);
});

test('every service manager waits longer for a stop than it takes', () => {
  const given = [unit, compose, kubernetes].map((text) =>
    [...text.matchAll(/(?:TimeoutStopSec=|stop_grace_period: |terminationGracePeriodSeconds: )(\d+)/g)].map(([, n]) =>
      Number(n),
    ),
  );
  expect(given.every((all) => all.length > 0 && all.every((seconds) => seconds > 45))).toBe(true);
});
