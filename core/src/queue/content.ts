// Cancels all jobs about content of the site.
import { type Content, JobsError } from '@phraseworks/sdk';
import { contentOf } from '../job/content.ts';
import { Clock } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { nextAbout } from '../store/about.ts';
import type { Changes } from '../store/changes.ts';
import { HostTransactions } from '../store/host-transactions.ts';
import { Ledger } from '../store/ledger.ts';
import { Transition } from '../store/transition.ts';
import type { Tx } from '../store/tx.ts';
import { JobActions } from './job-actions.ts';

interface Cancelled {
  all: number;
  /** Those that ran. */
  running: string[];
}

export class ContentJobs {
  static readonly needs = {
    ledger: Ledger,
    transactions: HostTransactions,
    moves: Transition,
    actions: JobActions,
    clock: Clock,
  };
  readonly #needs;

  constructor(needs: Built<typeof ContentJobs.needs>) {
    this.#needs = needs;
  }

  /** `cancelAbout()`. Without a transaction, in one for each pass. */
  async cancel(about: Content, by: string | null, trx: unknown): Promise<number> {
    const content = contentOf(about, 'about');
    if ('error' in content) {
      const { path, message } = content.error;
      throw new JobsError('INVALID_DATA', `cancelAbout(): ${path} ${message}`, { errors: [content.error] });
    }
    const { ledger, transactions, actions } = this.#needs;
    const all: Cancelled = { all: 0, running: [] };
    const pass = (tx: Tx, changes: Changes, after: string) => this.#pass(tx, changes, { ...content, after, by }, all);
    const joined =
      trx === undefined
        ? null
        : await transactions.change(trx, 'cancelAbout() was called', async (tx, changes) => {
            for (let after: string | null = ''; after !== null; ) after = await pass(tx, changes, after);
            return true;
          });
    // Those that run here hear of it by the events of the commit.
    if (joined) return all.all;
    for (let after: string | null = ''; after !== null; ) {
      const from: string = after;
      after = await ledger.transact((tx, changes) => pass(tx, changes, from));
    }
    for (const id of all.running) actions.cancelled.emit(id);
    actions.changed.emit();
    return all.all;
  }

  /** Returns where the next pass begins; null: it was the last. */
  async #pass(
    tx: Tx,
    changes: Changes,
    { name, after, by }: { name: string; after: string; by: string | null },
    all: Cancelled,
  ): Promise<string | null> {
    const { ledger, moves, clock } = this.#needs;
    const { jobs, last } = await nextAbout(ledger.dialect, tx, name, after);
    const move = { step: 'cancel', at: clock.now(), reason: 'cancelled', by } as const;
    all.all += await moves.write(
      tx,
      changes,
      jobs.map((job) => [job, move]),
    );
    for (const { id, state } of jobs) if (state === 'processing') all.running.push(id);
    return last;
  }
}
