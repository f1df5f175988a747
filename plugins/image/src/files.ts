// The pictures this plugin made, over HTTP: a list for programs, and each file as what it is and nothing else.
import { Readable } from 'node:stream';
import type { FileStore, PluginApp, PluginClock } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import { contentType } from './formats.ts';
import { pathProblem } from './output-path.ts';
import type { Outputs } from './outputs.ts';
import { BUCKET_MARK } from './target.ts';

const LISTED = 100;

// A picture can carry anything: no sniffing, no scripts, no framing, and other sites cannot load it.
export const PICTURE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'private, no-cache',
};

/** `store`: a folder. `GET /files` lists the newest hundred, `GET /files/<path>` is a file of a folder. Only files of the table are served. */
export function fileRoutes(routes: PluginApp, outputs: Outputs, store: FileStore, clock: PluginClock): void {
  routes.get('/files', async (c) => {
    const rows = await outputs.newest(LISTED);
    return c.json({
      files: rows.map((row) => ({
        path: `/${row.path.replace(BUCKET_MARK, '')}`,
        target: row.path.startsWith(BUCKET_MARK) ? 's3' : 'folder',
        jobId: row.job_id,
        fileSize: Number(row.bytes),
        sourceSize: Number(row.source_bytes),
        width: row.width,
        height: row.height,
        format: row.format,
        madeAt: clock.iso(Number(row.made_at)),
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
