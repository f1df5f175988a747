// Cancels all jobs about content of the site.
import type { Content } from '@phraseworks/sdk';
import { Content as ContentFields } from '@phraseworks/sdk/contract';
import { nameOfContent } from '../job/content.ts';
import { Clock } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { readFields } from '../kernel/fields.ts';
import { openAbout } from '../store/about.ts';
import type { Changes } from '../store/changes.ts';
import { HostTransactions } from '../store/host-transactions.ts';
import { Ledger } from '../store/ledger.ts';
import { PASS_SIZE, Transition } from '../store/transition.ts';
import type { Tx } from '../store/tx.ts';

export class ContentJobs extends Needing<typeof ContentJobs.needs> {
  static readonly needs = { ledger: Ledger, transactions: HostTransactions, moves: Transition, clock: Clock };

  /** `cancelAbout()`; returns how many. Without a transaction, in one for each pass. */
  async cancel(content: Content, by: string | null, trx: unknown): Promise<number> {
    const about = nameOfContent(readFields(ContentFields, content, 'about'));
    const { ledger, transactions, moves, clock } = this.needs;
    const pass = async (tx: Tx, changes: Changes, after: string) => {
      const ids = await openAbout(ledger.dialect, tx, about, after);
      return { ids, cancelled: await moves.cancel(tx, changes, ids, { by, at: clock.now() }) };
    };
    const joined =
      trx === undefined
        ? null
        : await transactions.change(trx, 'cancelAbout() was called', (tx, changes) =>
            each((after) => pass(tx, changes, after)),
          );
    return joined ?? each((after) => ledger.transact((tx, changes) => pass(tx, changes, after)));
  }
}

/** One pass after the other; returns how many jobs they cancelled. */
async function each(pass: (after: string) => Promise<{ ids: string[]; cancelled: number }>): Promise<number> {
  let all = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const { ids, cancelled } = await pass(after);
    all += cancelled;
    after = ids[PASS_SIZE - 1];
  }
  return all;
}
