// A database that several processes can open: a new one on the server of the run, else a file in the folder.
import { join } from 'node:path';
import { DatabasePlace, definePlugin, optional } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';

export async function sharedDatabase(folder: string): Promise<string> {
  let place: DatabasePlace | null = null;
  const asking = definePlugin({
    name: 'asking',
    needs: { place: optional(DatabasePlace) },
    init: (ctx) => {
      place = ctx.needs.place ?? null;
    },
  });
  await using jobs = await createTestJobs({ plugins: { asking: { use: asking } }, start: false });
  await jobs.plugins.list();
  const found = place as DatabasePlace | null;
  return found?.engine === 'mysql' ? found.url : `sqlite:${join(folder, 'jobs.db')}`;
}
