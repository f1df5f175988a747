// Several of our processes on one database, each adding and working: `load.js PROCESSES LISTENERS BURNERS BYTES FOLLOWERS JOBS PID URL`; prints one line of JSON.
import { type ChildProcess, fork } from 'node:child_process';
import type { FromFollowers } from './followers.ts';
import { countLeft } from './left.ts';
import { script } from './measure.ts';
import type { Load } from './model.ts';
import type { FromNode, ToNode } from './node.ts';
import { type Counters, cpuOfMachine, openConnections, readCounters, readSize } from './servers/counters.ts';

/** What the server did for one job. */
export type PerJob = Counters & { rows: number; bytes: number };

export interface Loaded extends Load {
  perJob: PerJob;
  /** Of one process, at the busiest moment that was seen. */
  connections: number;
  /** Statements per second of one process that has nothing to do. */
  idle: number;
  /** Cores that programs other than ours and the database used meanwhile: what they took is missing in the rate. */
  otherCores: number;
}

const IDLE = 3_000;
const [processes = 1, listeners = 0, burners = 0, payloadBytes = 200, followers = 0, jobs = 0, pid = 0] = process.argv
  .slice(2, 9)
  .map(Number);
const url = process.argv[9] ?? '';

/** The first message of that kind. */
const hear = <M extends { says: string }, S extends M['says']>(child: ChildProcess, says: S) =>
  new Promise<Extract<M, { says: S }>>((resolve, reject) => {
    const listen = (message: M) => {
      if (message.says !== says) return;
      child.off('message', listen);
      resolve(message as Extract<M, { says: S }>);
    };
    child.on('message', listen);
    child.once('exit', (code) => reject(new Error(`a process of the load ended with code ${code}`)));
  });

const order = (child: ChildProcess, what: ToNode): boolean => child.send(what);

async function cpuOfNodes(nodes: readonly ChildProcess[]): Promise<number> {
  const answers = nodes.map((node) => hear<FromNode, 'used'>(node, 'used'));
  for (const node of nodes) order(node, { do: 'tell' });
  return (await Promise.all(answers)).reduce((sum, { cpu }) => sum + cpu, 0);
}

/** Resolves when so many jobs have run since the start, and every follower has heard that they are completed. */
function allRan(nodes: readonly ChildProcess[], listener: ChildProcess | undefined, total: number): Promise<void> {
  const ran = new Map<ChildProcess, number>();
  const everywhere = new Promise<void>((resolve) => {
    for (const node of nodes) {
      node.on('message', (message: FromNode) => {
        if (message.says !== 'ran') return;
        ran.set(node, message.jobs);
        if ([...ran.values()].reduce((sum, n) => sum + n, 0) >= total) resolve();
      });
    }
  });
  const heard = new Promise<void>((resolve) => {
    if (!listener) resolve();
    listener?.on('message', (message: FromFollowers) => {
      if (message.says === 'heard' && message.completed >= total) resolve();
    });
  });
  return Promise.all([everywhere, heard]).then(() => {});
}

const startNode = (role: 'worker' | 'listener', followed: boolean): ChildProcess =>
  fork(script('node'), [url, String(payloadBytes), String(followed), role]);
const workers = Array.from({ length: processes }, (_, n) => startNode('worker', n === 0 && followers > 0));
const others = Array.from({ length: listeners }, () => startNode('listener', false));
const nodes = [...workers, ...others];
const burning = Array.from({ length: burners }, () => fork(script('burner')));
const ports = await Promise.all(nodes.map((node) => hear<FromNode, 'ready'>(node, 'ready')));
const first = ports[0]?.port;
const listener =
  followers > 0 ? fork(script('followers'), [`ws://127.0.0.1:${first}/jobs/ws`, String(followers)]) : undefined;
if (listener) await hear<FromFollowers, 'ready'>(listener, 'ready');
let followerCpu = 0;
listener?.on('message', (message: FromFollowers) => {
  if (message.says === 'heard') followerCpu = message.cpu;
});

const share = Math.ceil(jobs / processes);
const total = share * processes;
async function run(until: number): Promise<void> {
  const done = allRan(workers, listener, until);
  for (const node of workers) order(node, { do: 'add', jobs: share });
  await done;
}
// The first half warms up what is measured.
await run(total);
const resting = await readCounters(url, pid);
await new Promise((resolve) => setTimeout(resolve, IDLE));
const before = await readCounters(url, pid);
const sizeBefore = await readSize(url);
const workersBefore = await cpuOfNodes(workers);
const othersBefore = await cpuOfNodes(others);
const followersBefore = followerCpu;
const counted = await readCounters(url, pid);
const machineBefore = cpuOfMachine();
const start = performance.now();
await run(total * 2);
const took = (performance.now() - start) * 1_000;
const machineAfter = cpuOfMachine();
const rate = total / (took / 1_000_000);
const nodeCpu = ((await cpuOfNodes(workers)) - workersBefore) / total;
const listenerCpu = ((await cpuOfNodes(others)) - othersBefore) / total;
const after = await readCounters(url, pid);
for (const burner of burning) burner.kill();
const connections = (await openConnections(url)) / nodes.length;
const ended = nodes.map((node) => new Promise<void>((resolve) => node.once('exit', () => resolve())));
listener?.disconnect();
for (const node of nodes) order(node, { do: 'stop' });
await Promise.all(ended);
const sizeAfter = await readSize(url);
const { left, total: rows } = await countLeft('phraseworks', url);
if (left !== 0 || rows !== total * 2) throw new Error(`${left} of ${rows} rows are left, ${total * 2} were added`);

const perJob = Object.fromEntries(
  (Object.keys(after) as (keyof Counters)[]).map((name) => [name, (after[name] - counted[name]) / total]),
) as unknown as Counters;
const followersCpu = (followerCpu - followersBefore) / total;
const ours = (nodeCpu + listenerCpu + perJob.cpu + followersCpu) * total;
const loaded: Loaded = {
  processes,
  payloadBytes,
  followers,
  listeners,
  rate,
  nodeCpu,
  listenerCpu,
  databaseCpu: perJob.cpu,
  followerCpu: followersCpu,
  perJob: {
    ...perJob,
    rows: (sizeAfter.rows - sizeBefore.rows) / total,
    bytes: (sizeAfter.bytes - sizeBefore.bytes) / total,
  },
  connections,
  idle: (before.statements - resting.statements) / (IDLE / 1_000) / nodes.length,
  otherCores: (machineAfter - machineBefore - ours) / took,
};
process.stdout.write(`${JSON.stringify(loaded)}\n`);
process.exit(0);
