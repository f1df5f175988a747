// The picture a job was given, for the page of the job: only where it is a file on this machine, and a picture.
import { Readable } from 'node:stream';
import type { JobsApi, PluginApp, Uploads } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import type { ImageConfig } from './config.ts';
import type { ImageJobData } from './data.ts';
import { PICTURE_HEADERS } from './files.ts';
import { contentType, formatOfBytes } from './formats.ts';
import { openRegular } from './inside.ts';
import { originalOf } from './source.ts';

const HEAD = 64;

interface Host extends Pick<JobsApi, 'getJobStatus'> {
  routes: PluginApp;
  uploads: Uploads;
  config: ImageConfig;
}

/** `GET /originals/<job>`: the picture that came with the job, or that lies in a folder that jobs may read. */
export function originalRoute({ routes, uploads, config, getJobStatus }: Host): void {
  const placeOf = async ({ file, source }: ImageJobData): Promise<string | null> =>
    file === undefined ? originalOf(source, config) : (await uploads.open(file)).path;

  routes.get('/originals/:job', async (c) => {
    const job = await getJobStatus(c.req.param('job'));
    const place = job?.type === 'image_process' ? await placeOf(job.data as ImageJobData) : null;
    const file = place === null ? null : await openRegular(place);
    if (!file) throw new JobsError('NOT_FOUND', 'the picture of this job is not on this machine');
    const { buffer } = await file.handle.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    const format = formatOfBytes(buffer);
    if (format === null) {
      await file.handle.close();
      throw new JobsError('NOT_FOUND', 'what came with this job is no picture that is read here');
    }
    const headers = { ...PICTURE_HEADERS, 'content-type': contentType(format), 'content-length': String(file.size) };
    if (c.req.method === 'HEAD') {
      await file.handle.close();
      return c.body(null, 200, headers);
    }
    return c.body(Readable.toWeb(file.handle.createReadStream({ start: 0 })) as ReadableStream, 200, headers);
  });
}
