// "Integration Examples", the front end: what the component does with a file, over HTTP and in real time.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import image from '@phraseworks/plugin-image';
import type { Job } from '@phraseworks/sdk';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { openLiveSite } from '../support/live-site.ts';
import { picture } from '../support/picture-server.ts';

type JobStatus = Pick<Job, 'status' | 'progress' | 'result'>;

interface UploadJob {
  type: string;
  data: { file: File; operations: object[] };
}

/** What '../API/JobAPI' does: a job with a file in it goes as a form. */
const jobApi = (url: string) => ({
  addJob: async ({ type, data: { file, ...data } }: UploadJob): Promise<Job> => {
    const form = new FormData();
    form.set('job', JSON.stringify({ type, data }));
    form.set('data.file', file);
    const response = await fetch(`${url}/api/jobs`, { method: 'POST', body: form });
    const answer = await response.json();
    if (!response.ok) throw new Error((answer as { detail: string }).detail);
    return answer as Job;
  },
  getJobStatus: async (id: string) => (await (await fetch(`${url}/api/jobs/${id}`)).json()) as JobStatus,
});

test('a chosen file is uploaded and processed, and its job is polled to the end', async () => {
  const folder = await temporaryFolder();
  await using site = await openLiveSite({
    plugins: { image: { use: image } },
    storage: { uploads: { folder: join(folder, 'uploads') }, files: { folder: join(folder, 'files') } },
  });
  const { addJob, getJobStatus } = jobApi(site.url);
  const shown: unknown[] = [];
  const setJobStatus = (status: unknown) => shown.push(status);
  let done = (): void => {};
  const over = new Promise<void>((resolve) => (done = resolve));

  const handleFileUpload = async (file: File) => {
    try {
      // Create image processing job
      const job = await addJob({
        type: 'image_process',
        data: {
          file: file,
          operations: [
            { type: 'resize', width: 800 },
            { type: 'optimize', quality: 85 },
          ],
        },
      });

      // Monitor job progress
      setJobStatus({ id: job.id, status: 'pending' });

      // Poll for updates (or use WebSocket)
      const pollInterval = setInterval(async () => {
        const status = await getJobStatus(job.id);
        setJobStatus(status);

        if (status.status === 'completed' || status.status === 'failed') {
          clearInterval(pollInterval);
          done();
        }
      }, 1000);
    } catch (error) {
      console.error('Failed to create job:', error);
      throw error;
    }
  };

  await handleFileUpload(new File([new Uint8Array(await picture)], 'holiday.jpg', { type: 'image/jpeg' }));
  await over;
  const last = shown.at(-1) as JobStatus & { result: { outputPath: string } };
  expect(shown[0]).toMatchObject({ status: 'pending' });
  expect(last).toMatchObject({ status: 'completed', progress: { percentage: 100 }, result: { width: 800 } });
  const written = await readFile(join(folder, 'files', last.result.outputPath));
  expect(await sharp(written).metadata()).toMatchObject({ format: 'jpeg', width: 800, height: 500 });
});
