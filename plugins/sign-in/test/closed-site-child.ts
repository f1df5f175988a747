// A site in a process of its own, as `npm start` runs it, that only lets in who signs in.
import { startServer } from '../../../cli/src/start.ts';
import signIn from '../src/index.ts';

const database = JSON.parse(process.argv[2] ?? '') as string;

await startServer({
  config: { database, plugins: { 'sign-in': { use: signIn } } },
  baseDir: import.meta.dirname,
  onStarted: async ({ url }) => void process.stdout.write(`ready ${url}\n`),
});
