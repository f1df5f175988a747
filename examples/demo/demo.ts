// The jobs of the first start: real mail over SMTP, a real photograph over HTTP, and a schedule that is run at once.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import type { Site } from '@phraseworks/jobs/start';
import type { NewJob } from '@phraseworks/sdk';
import { servePhoto } from './photo-server.ts';

const FOLDER = 'data/demo';
const MARK = `${FOLDER}/done`;

const MAILS: { what: string; job: NewJob }[] = [
  {
    what: 'welcome -> ada@example.test',
    job: {
      type: 'email',
      data: {
        to: 'ada@example.test',
        subject: 'Welcome to PhraseWorks',
        template: 'welcome',
        variables: { userName: 'Ada Lovelace' },
      },
      priority: 'high',
    },
  },
  {
    what: 'flaky@example.test (refused twice on purpose)',
    job: {
      type: 'email',
      data: {
        to: 'flaky@example.test',
        subject: 'Third time lucky',
        text: 'The mailbox refused this twice before it took it.',
      },
      retryDelay: 2_000,
    },
  },
];

/** Once per data folder, unless it is asked for again. */
export async function runDemo(site: Site, again: boolean): Promise<void> {
  if (existsSync(MARK) && !again) return;
  await mkdir(FOLDER, { recursive: true });
  const { jobs, screen } = site;
  // Painting takes the processor for a moment: it must not stand in the way of the first jobs.
  const photo = await servePhoto(`${FOLDER}/harbour.jpg`);
  screen.say(' Real jobs on real input (once; npm run demo repeats them)');
  const names = new Map<string, string>();
  const waiting = new Set<string>();
  const follow = (id: string, what: string): void => {
    names.set(id, what);
    waiting.add(id);
  };
  let finished: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const show = async ({ jobId }: { jobId: string }): Promise<void> => {
    const what = names.get(jobId);
    const job = what === undefined ? null : await jobs.getJobStatus(jobId);
    if (!job || what === undefined) return;
    screen.job(job, what);
    if (job.status !== 'pending') waiting.delete(jobId);
    if (waiting.size === 0) finished();
  };
  const listeners = (['job:completed', 'job:failed', 'job:retry', 'job:parked'] as const).map((name) =>
    jobs.addAction(name, show),
  );

  await jobs.scheduleJob({
    name: 'user_reminder',
    schedule: '0 9 * * *',
    jobData: { type: 'email', data: { template: 'daily_reminder', to: 'user@example.test' } },
  });
  for (const { what, job } of MAILS) follow((await jobs.addJob(job)).id, what);
  follow((await jobs.schedules.run('user_reminder')).id, 'schedule user_reminder, run now');
  const image = await jobs.addJob({
    type: 'image_process',
    data: {
      sourceUrl: photo.url,
      operations: [
        { type: 'resize', width: 800, height: 600 },
        { type: 'optimize', quality: 85 },
        { type: 'format', format: 'webp' },
      ],
      outputPath: '/uploads/processed/harbour.webp',
      overwrite: true,
    },
    priority: 'high',
  });
  follow(image.id, 'harbour.jpg 4032x3024 -> 800x600 webp');
  await over;
  for (const stop of listeners) await stop();
  await photo.close();
  await writeFile(MARK, 'The demo jobs ran here. npm run demo repeats them.\n');
  screen.say('');
  screen.say(` All of them are over: see ${site.url}`);
}
