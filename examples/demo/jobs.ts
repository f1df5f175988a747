// What the demo adds: one job of each kind, on real input.
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewJob } from '@phraseworks/sdk';

export interface DemoJob {
  what: string;
  job: NewJob;
}

/** The folder that `jobs.config.ts` lets the clean-up plugin work in. */
const TEMP = 'data/temp';
const OLD_FILES = 7;
const TWO_DAYS = 2 * 86_400;

/** Files unchanged for two days. */
export async function leaveOldFiles(now: number): Promise<void> {
  await mkdir(TEMP, { recursive: true });
  const then = now / 1_000 - TWO_DAYS;
  for (let n = 1; n <= OLD_FILES; n += 1) {
    const path = join(TEMP, `import-${n}.csv`);
    await writeFile(path, 'id,title\n'.repeat(20_000));
    await utimes(path, then, then);
  }
}

export const demoJobs = (photo: File): DemoJob[] => [
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
    what: 'harbour.jpg 4032x3024 -> 800x600 webp',
    job: {
      type: 'image_process',
      data: {
        file: photo,
        operations: [
          { type: 'resize', width: 800, height: 600 },
          { type: 'optimize', quality: 85 },
          { type: 'format', format: 'webp' },
        ],
        outputPath: '/uploads/processed/harbour.webp',
        overwrite: true,
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
  {
    what: 'the database, restored into a copy',
    job: { type: 'backup', data: { type: 'database', retention: '30 days' }, priority: 'low' },
  },
  {
    what: 'this week so far -> admin@example.test',
    job: {
      type: 'report',
      data: { type: 'weekly_analytics', recipients: ['admin@example.test'], period: 'current' },
      delay: 1_000,
    },
  },
];

/** First what would go, then exactly that. */
export const preview: DemoJob = {
  what: 'temporary files older than 24 hours: preview',
  job: { type: 'cleanup', data: { action: 'temp_files', dryRun: true } },
};

export const exactly = (list: string): DemoJob => ({
  what: 'exactly what the preview lists',
  job: { type: 'cleanup', data: { action: 'temp_files', list } },
});
