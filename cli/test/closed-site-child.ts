// A site in a process of its own, as `npm start` runs it, without `authorize`: it only lets in who signs in.
import { startServer } from '../src/start.ts';

const [, , database = ''] = process.argv;

await startServer({
  config: { database },
  baseDir: import.meta.dirname,
  onStarted: async ({ url }) => void process.stdout.write(`ready ${url}\n`),
});
