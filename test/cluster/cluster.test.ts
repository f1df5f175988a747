// Three Galera nodes and our processes: nodes die and hang under 6,000 jobs; nothing is lost and nothing runs twice.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { skipWhere } from '../server/missing.ts';
import { type FleetFindings, fleet } from './fleet.ts';
import { type Cluster, clusterMissing, startCluster } from './galera.ts';
import { ask, usersOf } from './status.ts';

const JOBS = 2_000;
const missing = clusterMissing();
let cluster: Cluster;

beforeAll(async () => {
  if (missing === undefined) cluster = await startCluster();
}, 180_000);
beforeEach((context) => skipWhere(missing !== undefined, missing ?? '', context));
afterAll(() => cluster?.stop(), 60_000);

/** The node that our processes talk to. */
async function inUse(database: string): Promise<number> {
  const users = await Promise.all(cluster.nodes.map(({ port }) => usersOf(port, database)));
  return users.indexOf(Math.max(...users));
}

async function run(name: string, happens: () => Promise<void>): Promise<FleetFindings> {
  await ask(cluster.node(0).port, `create database ${name}`);
  const found = await fleet(cluster.urlOf(name), JOBS, happens);
  console.log(`${name}: ${JSON.stringify(found)}`);
  return found;
}

const sound = { acknowledged: JOBS, lost: 0, overlapping: 0, settledTwice: 0, miscounted: 0, failed: 0 };

test('the node being written to is killed: the others continue, and it returns', async () => {
  const found = await run('killed', async () => {
    const i = await inUse('killed');
    await cluster.node(i).kill('SIGKILL');
    await cluster.join(i);
  });
  expect(found).toMatchObject({ ...sound, repeated: 0 });
}, 300_000);

test('the node being written to hangs until the others continue without it, and it catches up', async () => {
  const found = await run('paused', async () => {
    const i = await inUse('paused');
    await cluster.node(i).kill('SIGSTOP');
    await cluster.without(i);
    await cluster.node(i).kill('SIGCONT');
    await cluster.synced(i);
  });
  expect(found).toMatchObject({ ...sound, repeated: 0 });
}, 300_000);

test('all nodes are killed and recovered from the most advanced one: work continues by itself', async () => {
  const found = await run('recovered', async () => {
    await Promise.all(cluster.nodes.map((node) => node.kill('SIGKILL')));
    await cluster.recover();
  });
  expect(found).toMatchObject(sound);
}, 300_000);
