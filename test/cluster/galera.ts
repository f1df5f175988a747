// A Galera cluster of throw-away servers on this machine: started, broken node by node, and recovered after all were lost.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, findServer, type ServerBinaries } from '../server/binaries.ts';
import { TestServer } from '../server/mariadb.ts';
import { freePorts } from '../server/port.ts';
import { statusOf } from './status.ts';

/** Milliseconds in which a node has to be in step with the others; a copy of all data may come first. */
/** Starts of a node that wants to join. */
const JOINS = 4;
const PATIENCE = 90_000;
const LIBRARIES = ['/usr/lib/galera', '/usr/lib64/galera-4', '/usr/lib64/galera', '/usr/lib'];

const library = (): string | undefined =>
  LIBRARIES.map((folder) => join(folder, 'libgalera_smm.so')).find((path) => existsSync(path));

/** Why no cluster can be started here; undefined when one can. */
export function clusterMissing(): string | undefined {
  if (findServer()?.installer === undefined) return 'no MariaDB server: install mariadb-server';
  if (library() === undefined) return 'no Galera library: install galera-4';
  return findProgram('rsync') ? undefined : 'no rsync, with which a node gets its copy of the data';
}

interface Addresses {
  group: number;
  increments: number;
  copy: number;
}

export class Cluster {
  readonly nodes: readonly TestServer[];
  readonly #addresses: readonly Addresses[];

  constructor(nodes: readonly TestServer[], addresses: readonly Addresses[]) {
    this.nodes = nodes;
    this.#addresses = addresses;
  }

  /** All nodes in their order, and this database. */
  urlOf(database: string): string {
    return `mysql://root@${this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${database}`;
  }

  node(i: number): TestServer {
    const node = this.nodes[i];
    if (!node) throw new Error('there is no such node');
    return node;
  }

  /** Starts node `first` as the beginning of a cluster and lets the others join, one after the other. */
  async form(first = 0): Promise<void> {
    await this.#launch(first, ['--wsrep-cluster-address=gcomm://', '--wsrep-new-cluster']);
    for (const i of this.nodes.keys()) if (i !== first) await this.join(i);
  }

  /** Starts a node that is not running, as one of the others. */
  async join(i: number): Promise<void> {
    const all = this.#addresses.map(({ group }) => `127.0.0.1:${group}`).join(',');
    // While the others still take it for a member, or hand their state to another node, it ends, and its watcher starts it again.
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#launch(i, [`--wsrep-cluster-address=gcomm://${all}`]);
      } catch (error) {
        if (tries >= JOINS) throw error;
        await this.node(i).kill();
        await new Promise((resolve) => setTimeout(resolve, 3_000));
      }
    }
  }

  async synced(i: number): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const status = await statusOf(this.node(i).port);
      if (status.wsrep_local_state_comment === 'Synced' && status.wsrep_ready === 'ON') return;
      if (performance.now() > deadline) throw new Error(`node ${i + 1} is not in step: ${this.node(i).errors()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Waits until the other nodes have gone on without this one. */
  async without(i: number): Promise<void> {
    const other = this.node((i + 1) % this.nodes.length);
    const size = async () => (await statusOf(other.port)).wsrep_cluster_size;
    while ((await size()) !== String(this.nodes.length - 1)) await new Promise((resolve) => setTimeout(resolve, 200));
  }

  /** After all nodes were killed: the one that is furthest begins, as an operator would do it. Answers which. */
  async recover(): Promise<number> {
    const positions = this.nodes.map((_, i) => this.#position(i));
    const best = positions.indexOf(Math.max(...positions));
    const state = join(this.node(best).data, 'grastate.dat');
    writeFileSync(state, readFileSync(state, 'utf8').replace('safe_to_bootstrap: 0', 'safe_to_bootstrap: 1'));
    await this.form(best);
    return best;
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.stop();
  }

  async #launch(i: number, settings: string[]): Promise<void> {
    await this.node(i).launch([...this.#settings(i), ...settings]);
    await this.synced(i);
  }

  /** The number of the last change that a node has. */
  #position(i: number): number {
    const log = this.node(i).runOnce([...this.#settings(i), '--wsrep-cluster-address=gcomm://', '--wsrep-recover']);
    const found = /Recovered position: [0-9a-f-]+:(-?\d+)/.exec(log)?.[1];
    if (found === undefined) throw new Error(`node ${i + 1} does not tell its position: ${log.slice(-500)}`);
    return Number(found);
  }

  #settings(i: number): string[] {
    const { group, increments, copy } = this.#addresses[i] as Addresses;
    const options = [
      `gmcast.listen_addr=tcp://127.0.0.1:${group}`,
      `ist.recv_addr=127.0.0.1:${increments}`,
      'gcache.size=64M',
      'pc.recovery=FALSE',
    ];
    return [
      '--binlog-format=ROW',
      '--innodb-autoinc-lock-mode=2',
      '--wsrep-on=ON',
      `--wsrep-provider=${library()}`,
      '--wsrep-cluster-name=pwj',
      `--wsrep-node-name=n${i + 1}`,
      `--wsrep-node-address=127.0.0.1:${group}`,
      `--wsrep-provider-options=${options.join(';')}`,
      '--wsrep-sst-method=rsync',
      `--wsrep-sst-receive-address=127.0.0.1:${copy}`,
    ];
  }
}

/** Three nodes of one machine, in step with each other. */
export async function startCluster(size = 3): Promise<Cluster> {
  const binaries = findServer() as ServerBinaries;
  const ports = await freePorts(size * 4);
  // Not as root: what copies the data to a node that joins gives root's rights away.
  const options = { withDatabase: false, user: 'mysql' };
  const nodes = Array.from({ length: size }, () => new TestServer(binaries, options));
  const addresses = nodes.map((node, i) => {
    const [own = 0, group = 0, increments = 0, copy = 0] = ports.slice(i * 4, i * 4 + 4);
    node.port = own;
    return { group, increments, copy };
  });
  const cluster = new Cluster(nodes, addresses);
  try {
    for (const node of nodes) node.install();
    await cluster.form();
    return cluster;
  } catch (error) {
    const said = nodes.map((node) => node.errors()).join('\n');
    await cluster.stop();
    throw new Error(`the cluster does not start: ${said}`, { cause: error });
  }
}
