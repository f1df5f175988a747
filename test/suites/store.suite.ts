// What every engine must do for the queue: the same tests on each of them, given a way to open an empty database.
import { afterEach, beforeEach, describe } from 'vitest';
import { claimSuite } from './store/claim.ts';
import { eventSuite } from './store/events.ts';
import { insertSuite } from './store/insert.ts';
import { maintenanceSuite } from './store/maintenance.ts';
import { moveSuite } from './store/moves.ts';
import { type OpenDatabase, OpenedStore } from './store/opened.ts';
import { readSuite } from './store/reads.ts';
import { settleSuite } from './store/settle.ts';

export function storeSuite(engine: string, open: OpenDatabase): void {
  describe(`the store on ${engine}`, () => {
    let store: OpenedStore;
    beforeEach(async () => {
      store = new OpenedStore(await open());
      await store.ledger.feed.start();
    });
    afterEach(() => store.dialect.close());

    for (const suite of [insertSuite, claimSuite, settleSuite, moveSuite, maintenanceSuite, eventSuite, readSuite])
      suite(() => store);
  });
}
