// A database that several processes can open: a new one on the server of the run, else a file in the folder.
import { join } from 'node:path';
import { type DatabasePlace, definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';

export async function sharedDatabase(folder: string): Promise<string> {
  let place: DatabasePlace | null = null;
  const asking = definePlugin({
    name: 'asking',
    init: (ctx) => {
      place = ctx.place;
    },
  });
  await using jobs = await createTestJobs({ plugins: { asking: { use: asking } }, start: false });
  await jobs.plugins.list();
  const found = place as DatabasePlace | null;
  return found?.engine === 'mysql' ? found.url : `sqlite:${join(folder, 'jobs.db')}`;
}
