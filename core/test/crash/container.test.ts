// Containers have their own PID namespaces: jobs of one that still runs, but that others cannot see.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createJobs, type JobsHost } from '@phraseworks/jobs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bundled } from '../../../test/support/child.ts';

// Each container starts a process, while other tests run.
vi.setConfig({ testTimeout: 120_000 });

const CHILD = fileURLToPath(new URL('./container-child.ts', import.meta.url));
const APART = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'];
const canMake = spawnSync('unshare', [...APART, 'true']).status === 0;

interface Container {
  process: ChildProcess;
  lines: string[];
  /** Resolves when it has printed this. */
  said(line: string): Promise<void>;
}

let folder: string;
let database: string;
let site: JobsHost;
let containers: Container[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pwj-container-'));
  database = `sqlite:${join(folder, 'jobs.db')}`;
  containers = [];
  site = await createJobs({ database, logLevel: 'silent' });
});
afterEach(async () => {
  for (const one of containers) await killed(one);
  await site.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(): Container {
  const node = [process.execPath, bundled(CHILD), database];
  const child = spawn('unshare', [...APART, ...node], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder },
  });
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  const said = (line: string): Promise<void> =>
    vi.waitUntil(() => lines.includes(line), { timeout: 60_000 }).then(() => {});
  const container = { process: child, lines, said };
  containers.push(container);
  return container;
}

async function killed({ process: child }: Container): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  // Its output is closed when the last process of the namespace is gone.
  await closed;
}

describe.runIf(canMake)('a container', () => {
  test('that is paused keeps its jobs, even though others cannot see its process', async () => {
    const { id } = await site.addJob({ type: 'hold', data: {} });
    const first = start();
    await first.said('hold');
    const { pid } = first.process;
    process.kill(Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')), 'SIGSTOP');
    const second = start();
    await site.addJob({ type: 'quick', data: {} });
    // A worker looks for dead neighbours before its first job.
    await second.said('quick');
    expect(second.lines).not.toContain('hold');
    expect((await site.getJobAttempts(id)).map(({ outcome }) => outcome)).not.toContain('crashed');
    expect(await site.getJobStatus(id)).toMatchObject({ status: 'processing', attempt: 1 });
  });
});
