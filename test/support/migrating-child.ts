// A process that never comes to the end of a plugin's migration.
import { createJobs } from '@phraseworks/jobs';
import { definePlugin } from '@phraseworks/sdk';

const endless = definePlugin({
  name: 'endless',
  migrations: {
    '001': {
      up: async () => {
        process.stdout.write('migrating\n');
        await new Promise(() => {});
      },
    },
  },
  init() {},
});
await createJobs({
  database: JSON.parse(process.argv[2] ?? '') as string,
  plugins: { endless: { use: endless } },
  logLevel: 'silent',
});
