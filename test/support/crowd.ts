// A crowd at one server in a process of its own: 60 clients that never read, and large lists, 20 at a time; what the server takes meanwhile.
import { mkdtemp, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startChild } from './child.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** Asks for all past events and reads none of them; `stream` by an event stream. */
function silentReader(port: number, stream: boolean): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n`;
  socket.write(
    `GET /jobs/${stream ? 'events' : 'ws'}?since=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n${stream ? '' : upgrade}\r\n`,
  );
  return socket;
}

const memoryOf = async (pid: number): Promise<number> =>
  Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** Megabytes, milliseconds and bytes; `jobs` with 250 kB of data each, and as many with large results. */
export async function crowd(jobs: number, seconds: number) {
  const database = `sqlite:${join(await mkdtemp(join(tmpdir(), 'pwj-crowd-')), 'jobs.db')}`;
  const seeded = await startChild('./crowd-child.ts', { database, seed: jobs }).over;
  if (seeded !== 0) throw new Error('the database could not be filled');
  const child = startChild('./crowd-child.ts', { database });
  const port = Number(await child.line('port '));
  const url = `http://127.0.0.1:${port}/jobs`;
  const list = async () => (await (await fetch(`${url}/api/jobs?limit=200`)).arrayBuffer()).byteLength;
  const before = { list: await list(), memory: await memoryOf(child.pid) };
  const end = performance.now() + seconds * 1_000;
  const isOn = () => performance.now() < end;
  let highest = before.memory;
  let slowest = 0;
  let listed = 0;
  const watch = async () => {
    while (isOn()) {
      const begun = performance.now();
      await (await fetch(`${url}/health`)).text();
      slowest = Math.max(slowest, performance.now() - begun);
      highest = Math.max(highest, await memoryOf(child.pid));
      await wait(20);
    }
  };
  const lists = async () => {
    while (isOn()) {
      await Promise.all(Array.from({ length: 20 }, list));
      listed += 20;
      await wait(500);
    }
  };
  let readers: Socket[] = [];
  const silent = async () => {
    while (isOn()) {
      for (const reader of readers) reader.destroy();
      readers = Array.from({ length: 60 }, (_, i) => silentReader(port, i % 3 === 0));
      // Longer than the server's patience, so that it is seen to hang up; then all come back.
      await wait(Math.min(9_000, Math.max(0, end - performance.now())));
    }
  };
  await Promise.all([watch(), lists(), silent()]);
  for (const reader of readers) reader.destroy();
  return {
    grownMb: Math.round(highest - before.memory),
    slowestHealthMs: Math.round(slowest),
    listBytes: before.list,
    listed,
  };
}
