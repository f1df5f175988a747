// `drain`: makes workers finish their running jobs and claim no more, and waits for that.
import { type Clock, pause } from '@phraseworks/jobs/internals/base';
import {
  type Dialect,
  type Peers,
  type RunningRow,
  runningOn,
  type SeenNode,
  seenNodes,
  setDrain,
} from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { milliseconds } from '../arguments.ts';
import type { Client } from '../client.ts';
import { type Call, defineCommand, type ExitCode } from '../command.ts';
import { shortId } from '../job-lines.ts';
import { bar } from '../output.ts';

const OPTIONS = {
  node: { type: 'string', value: 'ID', about: 'only this process, as nodes shows it' },
  undo: { type: 'boolean', about: 'let them claim again' },
  timeout: { type: 'string', value: 'TIME', about: 'how long to wait; 60s by default' },
} as const;

const TIMEOUT = 60_000;

export const drain = defineCommand({
  usage: ['[--node ID] [--timeout TIME]', '--undo [--node ID]'],
  about: 'Jobs can still be added. Workers that are started meanwhile drain, too, until --undo.',
  example: 'drain --timeout 5m',
  options: OPTIONS,
  takes: { least: 0, most: 0 },
  run: drainWorkers,
});

async function drainWorkers(call: Call<typeof OPTIONS>): Promise<ExitCode> {
  const { values, out, clock } = call;
  const timeout = milliseconds(values.timeout, '--timeout') ?? TIMEOUT;
  const client = await call.open();
  const node = values.node === undefined ? undefined : await nodeLike(client, values.node);
  await setDrain(client.core.ledger, node === undefined ? { all: true } : { nodes: [node] }, !values.undo);
  await client.note(values.undo ? 'undoDrain' : 'drain', node ?? '');
  if (values.undo) {
    out.answer({ draining: false }, () => out.line('Workers claim again within two seconds.'));
    return 0;
  }
  let most = 0;
  const standing = await waitUntilDrained({
    dialect: client.dialect,
    peers: client.core.peers,
    clock,
    node,
    timeout,
    onLook: ({ running, silent }) => {
      most = Math.max(most, running);
      const message = silent.length > 0 ? `${silent.length} processes have not answered yet` : jobsThatRun(running);
      const processed = most - running;
      out.passing(bar({ percentage: most === 0 ? 0 : (100 * processed) / most, processed, total: most, message }));
    },
  });
  const drained = isQuiet(standing);
  out.answer(
    { drained, running: standing.running, jobs: standing.first, silent: standing.silent.map(({ id }) => id) },
    () => say(call, standing, drained),
  );
  return drained ? 0 : 1;
}

function say({ out }: Call<typeof OPTIONS>, { running, first, silent }: Standing, drained: boolean): void {
  if (drained) out.line('Drained: nothing runs. phraseworks-jobs drain --undo lets them claim again.');
  else
    out.line(`Not drained in time: ${jobsThatRun(running)}. The workers claim no more jobs; drain --undo ends that.`);
  if (drained) return;
  for (const job of first) out.line(`  ${job.id}  ${job.type}  on ${job.node === null ? '-' : shortId(job.node)}`);
  if (running > first.length) out.line(`  and ${running - first.length} more`);
  for (const { id, pid } of silent) out.line(`  process ${shortId(id)} (pid ${pid}) has not answered`);
}

const jobsThatRun = (n: number): string => (n === 1 ? '1 job still runs' : `${n} jobs still run`);

/** Throws `NOT_FOUND` if no process, or more than one, matches this part of an id. */
async function nodeLike({ dialect }: Client, part: string): Promise<string> {
  const found = (await seenNodes(dialect)).filter(({ id }) => id.startsWith(part) || id.endsWith(part));
  const [only] = found;
  if (only && found.length === 1) return only.id;
  throw new JobsError(
    'NOT_FOUND',
    found.length === 0
      ? 'No process has this id: phraseworks-jobs nodes lists them.'
      : 'Several process ids match: type more of the id.',
  );
}

/** Milliseconds between two polls. */
const LOOK = 250;
/** The most jobs to list if they do not end. */
const NAMED = 10;

export interface Standing {
  /** Jobs that still run. */
  running: number;
  first: readonly RunningRow[];
  /** Processes that have not yet confirmed that they are draining. */
  silent: readonly SeenNode[];
}

interface WaitDeps {
  dialect: Dialect;
  peers: Peers;
  clock: Clock;
  /** Undefined: all processes. */
  node: string | undefined;
  /** Milliseconds. */
  timeout: number;
  onLook: (standing: Standing) => void;
}

/** Resolves when no job runs, or when the time is up. */
export async function waitUntilDrained(deps: WaitDeps): Promise<Standing> {
  const { clock, timeout, onLook } = deps;
  const deadline = clock.now() + timeout;
  for (;;) {
    const standing = await look(deps);
    onLook(standing);
    if (isQuiet(standing) || clock.now() >= deadline) return standing;
    await pause(clock, Math.min(LOOK, Math.max(deadline - clock.now(), 1)));
  }
}

/** Pure. */
export const isQuiet = ({ running, silent }: Standing): boolean => running === 0 && silent.length === 0;

async function look({ dialect, peers, node }: WaitDeps): Promise<Standing> {
  const nodes = (await peers.all()).filter(({ live }) => live);
  const asked = node === undefined ? nodes : nodes.filter(({ id }) => id === node);
  // Read after the nodes, so that this includes what a node claimed before it confirmed.
  const { n, first } = await runningOn(dialect, node === undefined ? null : [node], NAMED);
  return { running: n, first, silent: asked.filter(isSilent) };
}

/** A live worker that has not confirmed that it is draining. */
const isSilent = ({ about }: SeenNode): boolean => (about.roles?.includes('worker') ?? true) && about.draining !== true;
