// A crowd at one server: 60 clients that never read while events flow, and 20 large lists at a time, again and again; what the server takes and how soon it answers meanwhile.
import { mkdtemp, readFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startChild } from './child.ts';
import type { CrowdArgument } from './crowd-child.ts';

const ASK_EVERY = 20;

const start = (argument: CrowdArgument) => startChild('./crowd-child.ts', argument);

const memoryOf = async (pid: number): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** Milliseconds until `/health` has answered, on one connection that stays open. */
function health(port: number, agent: Agent): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/jobs/health', agent }, (answer) => {
      answer.resume().on('end', () => resolve(performance.now() - begun));
    }).on('error', reject);
  });
}

/** Megabytes, milliseconds and bytes; `jobs` with 250 kB of data each, and as many with results of 15 kB. */
export async function crowd(jobs: number, seconds: number) {
  const database = `sqlite:${join(await mkdtemp(join(tmpdir(), 'pwj-crowd-')), 'jobs.db')}`;
  const filled = await start({ does: 'fill', database, jobs }).over;
  if (filled !== 0) throw new Error('the database could not be filled');
  const server = start({ does: 'serve', database });
  const port = Number(await server.line('port '));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  // A server that has just started grows whatever is asked of it.
  for (let n = 0; n < 20; n += 1) await (await fetch(`http://127.0.0.1:${port}/jobs/api/jobs?limit=200`)).arrayBuffer();
  const before = await memoryOf(server.pid);
  const others = start({ does: 'crowd', port });
  const times: number[] = [];
  let highest = before;
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; await wait(ASK_EVERY)) {
    times.push(await health(port, agent));
    highest = Math.max(highest, await memoryOf(server.pid));
  }
  agent.destroy();
  others.signal('SIGKILL');
  await others.over;
  if (others.errors() !== '') throw new Error(others.errors());
  times.sort((a, b) => a - b);
  const at = (part: number): number => Math.round(times[Math.floor((times.length - 1) * part)] ?? Number.NaN);
  const rounds = others.lines.map((line) => JSON.parse(line.slice('lists '.length)) as { ms: number; largest: number });
  return {
    grownMb: Math.round(highest - before),
    health: { asked: times.length, p50: at(0.5), p99: at(0.99), max: at(1) },
    rounds: rounds.map(({ ms }) => ms),
    listBytes: Math.max(...rounds.map(({ largest }) => largest)),
  };
}
