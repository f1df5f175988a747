// A worker whose types have limits. Its processors note their starts and ends in a file outside the database. It is killed by the test.
import { appendFileSync } from 'node:fs';
import { pause, systemClock } from '../../src/kernel/clock.ts';
import { LIMITED } from './limited-types.ts';
import { realCore } from './real-core.ts';

const { database, ledger } = JSON.parse(process.argv[2] ?? '') as { database: string; ledger: string };

// The test has ended, however it did.
process.stdin.resume().once('end', () => process.exit(1));

const note = (line: string): void => appendFileSync(ledger, `${line} ${process.hrtime.bigint()} ${process.pid}\n`);

const core = await realCore(database, { sweepInterval: 500, maxConcurrentJobs: 10 });
for (const [type, limit] of Object.entries(LIMITED))
  core.registry.register({
    type,
    plugin: null,
    options: { limit },
    enter: (fn) => fn(),
    processor: async (data, id) => {
      const { tenant, n } = data as { tenant: string; n: number };
      const value = limit.by ? tenant : '-';
      note(`S ${type} ${value} ${id}`);
      await pause(systemClock, 5 + (n % 5) * 5);
      note(`E ${type} ${value} ${id}`);
      return { success: true };
    },
  });
await core.open();
core.startListening();
await core.startWorker();
process.stdout.write('ready\n');
