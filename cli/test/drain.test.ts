// `drain`: workers finish what they run and take nothing new, until that is taken back.
import { join } from 'node:path';
import { createJobs, type JobsHost } from '@phraseworks/jobs';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { type Child, startChild } from '../../test/support/child.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { work } from '../../test/support/work-plugin.ts';
import { commandLine } from './command-line.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let database: string;
let site: JobsHost;
const run = (...args: string[]) => commandLine(folder, [...args, '--database', database]);

beforeEach(async () => {
  folder = await temporaryFolder();
  database = `sqlite:${join(folder, 'jobs.db')}`;
  site = await createJobs({ database, plugins: { work: { use: work } }, roles: ['web'], logLevel: 'silent' });
  await site.start();
  return () => site.stop();
});

async function startWorker(): Promise<Child> {
  const child = startChild('host-child.ts', { database, roles: ['worker'], drain: 30_000 });
  onTestFinished(() => child.signal('SIGKILL'));
  await child.line('ready');
  return child;
}

const add = async (type: string, data: object = {}): Promise<string> => (await site.addJob({ type, data })).id;
const statusOf = async (id: string) => (await site.getJobStatus(id))?.status;

test('a drain waits for running jobs and claims no new one, and --undo allows them again', async () => {
  const child = await startWorker();
  const taken = await add('take', { ms: 1_500 });
  await child.line(`running ${taken}`);
  const drained = await run('drain', '--timeout', '30s');
  expect(drained).toMatchObject({ code: 0, err: '', out: [expect.stringMatching(/^Drained: nothing runs\./)] });
  expect(await statusOf(taken)).toBe('completed');
  const waits = await add('quick');
  expect((await run('drain', '--json')).json()).toEqual({ drained: true, running: 0, jobs: [], silent: [] });
  expect(await statusOf(waits)).toBe('pending');
  expect(await run('drain', '--undo')).toMatchObject({ code: 0, out: ['Workers claim again within two seconds.'] });
  await expect.poll(() => statusOf(waits), { timeout: 15_000 }).toBe('completed');
});

test('jobs still running at the timeout are listed, with exit code 1, and not aborted', async () => {
  const child = await startWorker();
  const id = await add('hold');
  await child.line(`running ${id}`);
  const [node] = ((await run('nodes', '--json')).json() as { nodes: { id: string; roles: string[] }[] }).nodes.filter(
    ({ roles }) => roles.includes('worker'),
  );
  const late = await run('drain', '--timeout', '3s', '--node', node?.id.slice(-8) ?? '');
  expect(late.code).toBe(1);
  expect(late.out[0]).toMatch(/^Not drained in time: 1 job still runs\./);
  expect(late.out[1]).toBe(`  ${id}  hold  on ${node?.id.slice(-8)}`);
  expect(await statusOf(id)).toBe('processing');
});

test('an unknown process is not found, and an invalid timeout is refused', async () => {
  expect(await run('drain', '--node', 'abcdef01')).toMatchObject({ code: 1, out: [] });
  expect((await run('drain', '--timeout', 'soon')).code).toBe(2);
});
