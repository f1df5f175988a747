// A crowd at one server: 60 clients that never read while events flow, and 20 large lists at a time, again and again; what memory the server takes meanwhile.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startChild } from './child.ts';
import type { CrowdArgument } from './crowd-child.ts';

const ASK_EVERY = 20;

const start = (argument: CrowdArgument) => startChild('./crowd-child.ts', argument);

const memoryOf = async (pid: number): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** Megabytes and bytes, and whether `/health` answered each time; `jobs` with 250 kB of data each, and as many with results of 15 kB. */
export async function crowd(jobs: number, seconds: number) {
  const database = `sqlite:${join(await mkdtemp(join(tmpdir(), 'pwj-crowd-')), 'jobs.db')}`;
  const filled = await start({ does: 'fill', database, jobs }).over;
  if (filled !== 0) throw new Error('the database could not be filled');
  const server = start({ does: 'serve', database });
  const port = Number(await server.line('port '));
  // A server that has just started grows whatever is asked of it.
  for (let n = 0; n < 20; n += 1) await (await fetch(`http://127.0.0.1:${port}/jobs/api/jobs?limit=200`)).arrayBuffer();
  const before = await memoryOf(server.pid);
  const others = start({ does: 'crowd', port });
  let healthy = true;
  let highest = before;
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; await wait(ASK_EVERY)) {
    healthy &&= (await fetch(`http://127.0.0.1:${port}/jobs/health`)).ok;
    highest = Math.max(highest, await memoryOf(server.pid));
  }
  others.signal('SIGKILL');
  await others.over;
  if (others.errors() !== '') throw new Error(others.errors());
  return {
    grownMb: Math.round(highest - before),
    healthy,
    listBytes: Number(others.lines.at(-1)?.slice('largest list '.length)),
  };
}
