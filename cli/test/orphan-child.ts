// A process that is to become the site, and whose watcher ends while it still loads its packages.
import { once } from 'node:events';
import { waitForTurn } from '../src/watch.ts';

process.send?.('loading');
await once(process, 'disconnect');
await waitForTurn();
process.stdout.write('became the site\n');
