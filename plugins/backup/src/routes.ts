// The plugin's routes for administrators: list, start, download, verify and restore backups.
import { Readable } from 'node:stream';
import { type Job, type JobsApi, JobsError, type PluginApp } from '@phraseworks/sdk';
import { BackupFailure } from './failure.ts';
import { reconcile } from './scan.ts';
import { listed } from './state.ts';
import { findBackup } from './stored-backup.ts';
import type { RunRow } from './tables.ts';
import type { Tools } from './tools.ts';

const NO_STORE = { 'cache-control': 'no-store' };

/** Translates our codes to those of the API. */
function asApiError(error: unknown): unknown {
  if (!(error instanceof BackupFailure)) return error;
  const code = error.code === 'BACKUP_NOT_FOUND' ? 'NOT_FOUND' : 'UNAVAILABLE';
  return new JobsError(code, `${error.code}: ${error.message}`, { cause: error });
}

const translated = <T>(promise: Promise<T>): Promise<T> =>
  promise.catch((error: unknown) => {
    throw asApiError(error);
  });

const accepted = ({ id, outcome }: Job) => ({ jobId: id, outcome });

export function addRoutes(routes: PluginApp, { addJob }: Pick<JobsApi, 'addJob'>, tools: Tools): void {
  const { clock, target, config } = tools;
  const everything = Object.keys(config.files).length > 0 ? 'full' : 'database';
  const find = (id: string, signal: AbortSignal): Promise<RunRow> => translated(findBackup(id, tools, signal));

  routes.get('/backups', async (c) => {
    const rows = await translated(reconcile(tools, c.req.raw.signal));
    return c.json({ backups: rows.map((row) => listed(row, clock)) }, 200, NO_STORE);
  });

  routes.post('/backups', async (c) => {
    const text = await c.req.text();
    let data: unknown = { type: everything };
    try {
      if (text !== '') data = JSON.parse(text);
    } catch {
      throw new JobsError('INVALID_DATA', 'the body is not JSON');
    }
    const job = await addJob({ type: 'backup', data: data as never, priority: 'low' });
    return c.json(accepted(job), 202);
  });

  routes.get('/backups/:id/download', async (c) => {
    const row = await find(c.req.param('id'), c.req.raw.signal);
    const headers = {
      ...NO_STORE,
      'content-type': 'application/octet-stream',
      'content-length': String(row.bytes),
      'content-disposition': `attachment; filename="${row.file}"`,
      'x-content-type-options': 'nosniff',
    };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const stream = await translated(target.open(row.file, c.req.raw.signal));
    return c.body(Readable.toWeb(stream) as ReadableStream, 200, headers);
  });

  routes.post('/backups/:id/verify', async (c) => {
    const { id } = await find(c.req.param('id'), c.req.raw.signal);
    const job = await addJob({ type: 'backup_verify', data: { id } });
    return c.json(accepted(job), 202);
  });

  routes.post('/backups/:id/restore', async (c) => {
    const row = await find(c.req.param('id'), c.req.raw.signal);
    const body: unknown = await c.req.json().catch(() => null);
    if ((c.req.query('name') ?? (body as { name?: unknown } | null)?.name) !== row.file) {
      const message =
        'must be the name of the archive, which GET /backups lists as file, so that the right one is restored';
      throw new JobsError('INVALID_DATA', 'the name of the archive is missing or different', {
        errors: [{ path: 'name', message }],
      });
    }
    const job = await addJob({ type: 'backup_restore', data: { id: row.id } });
    return c.json(accepted(job), 202);
  });
}
