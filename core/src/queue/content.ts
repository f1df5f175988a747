// Cancels all jobs about content of the site.
import type { Content } from '@phraseworks/sdk';
import { Content as ContentFields } from '@phraseworks/sdk/contract';
import { nameOfContent } from '../job/content.ts';
import { Clock } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { readFields } from '../kernel/fields.ts';
import { nextAbout } from '../store/about.ts';
import type { Changes } from '../store/changes.ts';
import { HostTransactions } from '../store/host-transactions.ts';
import { Ledger } from '../store/ledger.ts';
import { Transition } from '../store/transition.ts';
import type { Tx } from '../store/tx.ts';
import { JobActions } from './job-actions.ts';

interface Pass {
  cancelled: number;
  /** Those that ran. */
  running: string[];
  /** Where the next one begins; null: it was the last. */
  last: string | null;
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
  async cancel(content: Content, by: string | null, trx: unknown): Promise<number> {
    const about = nameOfContent(readFields(ContentFields, content, 'about'));
    const { ledger, transactions, actions } = this.#needs;
    const joined =
      trx === undefined
        ? null
        : await transactions.change(trx, 'cancelAbout() was called', (tx, changes) =>
            each((after) => this.#pass(tx, changes, { about, after, by })),
          );
    // What runs here hears of it by the events of the commit.
    if (joined !== null) return joined;
    const cancelled = await each(async (after) => {
      const pass = await ledger.transact((tx, changes) => this.#pass(tx, changes, { about, after, by }));
      for (const id of pass.running) actions.cancelled.emit(id);
      return pass;
    });
    actions.changed.emit();
    return cancelled;
  }

  async #pass(
    tx: Tx,
    changes: Changes,
    { about, after, by }: { about: string; after: string; by: string | null },
  ): Promise<Pass> {
    const { ledger, moves, clock } = this.#needs;
    const { jobs, last } = await nextAbout(ledger.dialect, tx, about, after);
    const move = { step: 'cancel', at: clock.now(), reason: 'cancelled', by } as const;
    const plan = jobs.map((job) => [job, move] as const);
    const running = jobs.flatMap(({ id, state }) => (state === 'processing' ? [id] : []));
    return { cancelled: await moves.write(tx, changes, plan), running, last };
  }
}

/** One pass after the other; returns how many jobs they cancelled. */
async function each(pass: (after: string) => Promise<Pass>): Promise<number> {
  let all = 0;
  for (let after: string | null = ''; after !== null; ) {
    const { cancelled, last }: Pass = await pass(after);
    all += cancelled;
    after = last;
  }
  return all;
}
