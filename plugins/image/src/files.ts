// Serves the pictures of this plugin over HTTP: a list for programs, each file, and the originals.
import { Readable } from 'node:stream';
import {
  type FileStore,
  type JobsApi,
  JobsError,
  type PluginApp,
  type PluginClock,
  type Uploads,
} from '@phraseworks/sdk';
import type { ImageConfig } from './config.ts';
import type { ImageJobData } from './data.ts';
import { contentType, formatOfBytes } from './formats.ts';
import { pathProblem } from './output-path.ts';
import type { Outputs } from './outputs.ts';
import { openRegular, originalOf } from './source.ts';
import { BUCKET_MARK } from './target.ts';

const LISTED = 100;

// A picture may contain anything, so forbid sniffing, scripts, framing, and use by other sites. Browsers style the page that shows it alone.
const PICTURE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'private, no-cache',
};

/** `GET /files` lists the newest hundred, `GET /files/<path>` serves a file from `store`, which is a folder. Only files in the table are served. */
export function fileRoutes(routes: PluginApp, outputs: Outputs, store: FileStore, clock: PluginClock): void {
  routes.get('/files', async (c) => {
    const rows = await outputs.newest(LISTED);
    return c.json({
      files: rows.map((row) => ({
        path: `/${row.path.replace(BUCKET_MARK, '')}`,
        target: row.path.startsWith(BUCKET_MARK) ? 's3' : 'folder',
        jobId: row.job_id,
        fileSize: row.bytes,
        sourceSize: row.source_bytes,
        width: row.width,
        height: row.height,
        format: row.format,
        madeAt: clock.iso(row.made_at),
      })),
    });
  });

  routes.get('/files/:path{.+}', async (c) => {
    const path = c.req.param('path');
    const missing = new JobsError('NOT_FOUND', 'no picture of this plugin has this path');
    const { signal } = c.req.raw;
    const row = pathProblem(path) === null ? await outputs.find(path) : undefined;
    const size = row ? await store.size(row.path, signal) : null;
    if (!row || size === null) throw missing;
    const headers = {
      ...PICTURE_HEADERS,
      'content-type': contentType(row.format),
      'content-length': String(size),
      'content-disposition': `inline; filename="${row.path.split('/').at(-1)}"`,
    };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const file = await store.get(row.path, signal);
    if (!file) throw missing;
    return c.body(Readable.toWeb(file) as ReadableStream, 200, headers);
  });
}

const HEAD = 64;

interface Host extends Pick<JobsApi, 'getJobStatus'> {
  routes: PluginApp;
  uploads: Uploads;
  config: ImageConfig;
}

/** `GET /originals/<job>`: the picture that came with the job, or that is in a folder of `sources`. */
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
      throw new JobsError('NOT_FOUND', 'the file of this job is not a supported picture');
    }
    const headers = { ...PICTURE_HEADERS, 'content-type': contentType(format), 'content-length': String(file.size) };
    if (c.req.method === 'HEAD') {
      await file.handle.close();
      return c.body(null, 200, headers);
    }
    return c.body(Readable.toWeb(file.handle.createReadStream({ start: 0 })) as ReadableStream, 200, headers);
  });
}
