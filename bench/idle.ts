// What processes with nothing to do ask of the database: `idle.js PROCESSES URL`; prints one line of JSON.
import { type ChildProcess, fork } from 'node:child_process';
import { script } from './measure.ts';
import { one, withConnection } from './servers/mariadb.ts';

/** Until polls have slowed down to their longest pause, and the time that is counted; in milliseconds. */
const SETTLE = 20_000;
const COUNTED = 20_000;

const [count = '', url = ''] = process.argv.slice(2);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const statements = (): Promise<number> =>
  withConnection(url, async (db) => Number((await one(db, "show global status like 'Questions'")).Value));
const ready = (child: ChildProcess): Promise<void> => new Promise((resolve) => child.once('message', () => resolve()));

const nodes = Array.from({ length: Number(count) }, () => fork(script('node'), [url, '200', 'false', 'worker']));
await Promise.all(nodes.map(ready));
await wait(SETTLE);
const before = await statements();
await wait(COUNTED);
// The second question of this process itself is taken off.
const value = ((await statements()) - before - 1) / (COUNTED / 1_000) / nodes.length;
const ended = nodes.map((node) => new Promise<void>((resolve) => node.once('exit', () => resolve())));
for (const node of nodes) node.send({ do: 'stop' });
await Promise.all(ended);
process.stdout.write(`${JSON.stringify({ value, unit: 'queries/s' })}\n`);
process.exit(0);
