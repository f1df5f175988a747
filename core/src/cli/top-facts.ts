// What `top` shows: one look at the counts, what runs, what failed last, and the processes.
import type { Job, JobState } from '@phraseworks/sdk';
import { toJob } from '../db/codec.ts';
import { type SeenNode, seenNodes } from '../db/node-reads.ts';
import { isJobState, publicState, STATES } from '../jobs/lifecycle.ts';
import type { Client } from './client.ts';

/** Most jobs that are read of each kind. */
const MOST = 50;

export type Counts = Record<JobState, number>;

export interface TopFacts {
  /** Milliseconds since 1970. */
  at: number;
  engine: string;
  location: string;
  counts: Counts;
  /** Oldest first. */
  running: Job[];
  /** Newest first. */
  failures: Job[];
  nodes: (SeenNode & { silent: boolean })[];
}

export async function topFacts({ engine, dialect, settings }: Client, at: number): Promise<TopFacts> {
  const { reads, registry } = engine;
  const [rows, running, failures, nodes] = await Promise.all([
    reads.counts(),
    reads.list({ status: ['processing'], limit: MOST, brief: true }),
    reads.list({ status: ['failed'], limit: MOST, brief: true }),
    seenNodes(dialect),
  ]);
  const counts = Object.fromEntries(STATES.map((state) => [state, 0])) as Counts;
  for (const { state, n } of rows) {
    const shown = publicState(state as Parameters<typeof publicState>[0]);
    if (isJobState(shown)) counts[shown] += Number(n);
  }
  const jobsOf = ({ records }: Awaited<ReturnType<typeof reads.list>>): Job[] =>
    records.map((record) => toJob(record, registry));
  const heard = at - settings.queue.leaseDuration;
  return {
    at,
    engine: dialect.name,
    location: dialect.facts().location,
    counts,
    running: jobsOf(running).reverse(),
    failures: jobsOf(failures),
    nodes: nodes.map((node) => ({ ...node, silent: node.heartbeatAt < heard })),
  };
}
