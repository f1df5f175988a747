// A site whose configuration switches the dashboard off: says which of its files are loaded and what its address answers, before and after it is switched on.
import { Session } from 'node:inspector';
import { createJobs } from '@phraseworks/jobs';
import { Hono } from 'hono';

const { database } = JSON.parse(process.argv[2] ?? '') as { database: string };
const say = (word: string, what: unknown): void => void process.stdout.write(`${word} ${JSON.stringify(what)}\n`);

/** Every script that this process has parsed. */
const loaded: string[] = [];
const session = new Session();
session.connect();
session.on('Debugger.scriptParsed', ({ params }) => void loaded.push(params.url));
session.post('Debugger.enable');

const jobs = await createJobs({
  database,
  logLevel: 'error',
  authorize: () => true,
  onPluginFailure: 'stop',
  plugins: { dashboard: false, email: { config: { mailbox: { port: 0 } } } },
});
await jobs.start();
const app = new Hono().route('/jobs', jobs.routes);
const facts = async () => {
  const answer = await app.request('/jobs');
  return {
    files: loaded.filter((url) => /plugins\/dashboard\/src\//.test(url)).length,
    others: loaded.filter((url) => /plugins\/email\//.test(url)).length,
    status: answer.status,
    html: (answer.headers.get('content-type') ?? '').startsWith('text/html'),
  };
};
say('off', await facts());
await jobs.plugins.enable('dashboard');
say('on', await facts());
await jobs.plugins.disable('dashboard');
say('again', await facts());
await jobs.stop();
