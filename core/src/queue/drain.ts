// Draining: the named processes finish their running jobs and claim no more until draining ends.
import { JobsError } from '@phraseworks/sdk';
import type { Dialect } from '../store/dialect.ts';
import type { Ledger } from '../store/ledger.ts';
import { changeDrain, type Drain, storedDrain } from '../store/node-store.ts';
import type { Presence } from './presence.ts';
import type { Worker } from './worker.ts';

export type { Drain } from '../store/node-store.ts';

/** Which processes drain: `{ all: true }`, `{ nodes: [ids] }`, or null. */
export const readDrain = ({ reader }: Dialect): Promise<Drain | null> => storedDrain(reader);

/**
 * Starts (`on`) or ends draining for these processes; each follows within two seconds. Returns which processes drain now.
 * Ending it for `{ all: true }` ends it everywhere. Ignores ids of unknown processes.
 * Throws `INVALID_STATE` if all processes drain and it should end for one of them.
 */
export const setDrain = (ledger: Ledger, which: Drain, on: boolean): Promise<Drain | null> =>
  changeDrain(ledger, (before) => (on ? more(before, which) : less(before, which)));

/** Pure. */
export const isDrained = (drain: Drain | null, node: string): boolean =>
  drain !== null && ('all' in drain || drain.nodes.includes(node));

export class DrainWatch {
  readonly #needs;

  constructor(needs: {
    dialect: Dialect;
    node: string;
    worker: Worker;
    presence: Presence;
  }) {
    this.#needs = needs;
  }

  /** Starts or ends draining in this process as stored, and tells the others. */
  async check(): Promise<void> {
    const { dialect, node, worker, presence } = this.#needs;
    if (worker.drain(isDrained(await readDrain(dialect), node))) await presence.announce();
  }
}

function more(before: Drain | null, which: Drain): Drain {
  if ('all' in which || before === null) return which;
  return 'all' in before ? before : { nodes: [...new Set([...before.nodes, ...which.nodes])] };
}

function less(before: Drain | null, which: Drain): Drain | null {
  if (before === null || 'all' in which) return null;
  if ('all' in before)
    throw new JobsError(
      'INVALID_STATE',
      'All processes are draining. End draining for all processes, not for a single one.',
    );
  return { nodes: before.nodes.filter((id) => !which.nodes.includes(id)) };
}
