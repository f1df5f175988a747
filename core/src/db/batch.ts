// What is written together: the operations of one transaction, and how many of those that wait it takes.
import type { ClaimPlan } from './claims.ts';
import type { Added, Addition, ProgressWrite, Settlement } from './job-writes.ts';
import type { Stream } from './ledger.ts';

/** More would keep the event loop for longer than a request may wait. */
const MOST_PER_COMMIT = 256;
/** Outcomes: more than are claimed at a time as a rule, or they would pile up, and what one statement takes on a server. */
const MOST = { outcomes: 500, reports: MOST_PER_COMMIT };

/** A server does several things at once, each over a connection of its own; SQLite does everything in the first of them. */
export const ADDS: Stream = 0;
export const OUTCOMES: Stream = 1;
export const CLAIMS: Stream = 2;

export interface Waiting<Op, Answer> {
  op: Op;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

export interface Batch {
  stream: Stream;
  adds: readonly Waiting<Addition, Added>[];
  settles: readonly Waiting<Settlement, boolean>[];
  progress: readonly Waiting<ProgressWrite, boolean>[];
  plan: ClaimPlan | null;
}

export const NOTHING: Omit<Batch, 'stream'> = { adds: [], settles: [], progress: [], plan: null };

export const opOf = <Op>(waiting: { op: Op }): Op => waiting.op;

/** The oldest of a list, at most as many as one commit may hold; the rest stays. */
export const take = <T>(list: T[], what: keyof typeof MOST): T[] => list.splice(0, MOST[what]);

/** As many additions as make up one commit by their jobs; one that is larger goes alone or last. */
export function takeAdds(list: Waiting<Addition, Added>[]): Waiting<Addition, Added>[] {
  let jobs = 0;
  let n = 0;
  for (; n < list.length && jobs < MOST_PER_COMMIT; n += 1) jobs += list[n]?.op.records.length ?? 0;
  return list.splice(0, n);
}
