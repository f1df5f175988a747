// Administrator routes: create a preview, show or download its list, and remove exactly its items.
import { JobsError, type PluginClock, type PluginContext, parse } from '@phraseworks/sdk';
import { z } from 'zod';
import { CleanupData } from './data.ts';
import type { Lists } from './lists.ts';
import type { ListRow } from './tables.ts';

const PAGE = 500;

function listLines(lists: Lists, id: string, clock: PluginClock): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      const rows = await lists.items(id, next, PAGE);
      const last = rows.at(-1);
      if (!last) return controller.close();
      next = last.n + 1;
      const lines = rows.map(({ label, bytes, at, outcome }) =>
        JSON.stringify({ item: label, bytes, at: clock.iso(at), outcome }),
      );
      controller.enqueue(encoder.encode(`${lines.join('\n')}\n`));
    },
  });
}

const LISTED = 100;

// A name of a file can be anything: it is text, is not shown as a page, and other sites cannot load it.
const HEADERS = {
  'content-type': 'application/x-ndjson; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'private, no-store',
};

const Preview = z.strictObject({ action: z.string(), olderThan: z.string().optional() });

type Host = Pick<PluginContext, 'routes' | 'clock' | 'addJob'>;

export function addRoutes({ routes, clock, addJob }: Host, lists: Lists): void {
  async function find(id: string): Promise<ListRow> {
    const list = await lists.find(id);
    if (list) return list;
    throw new JobsError('NOT_FOUND', 'List not found. It may have expired.');
  }

  const shown = ({ id, action, state, items, bytes, created_at, expires_at, run_job }: ListRow) => ({
    id,
    action,
    state,
    items,
    bytes,
    createdAt: clock.iso(created_at),
    expiresAt: clock.iso(expires_at),
    runBy: run_job,
  });

  async function addPreview(body: unknown): Promise<string> {
    const parsed = await parse(Preview, body, 'body');
    const data = parsed.ok ? await parse(CleanupData, { ...parsed.value, dryRun: true }, 'body') : parsed;
    if (!data.ok) throw new JobsError('INVALID_DATA', 'The preview is not valid.', { errors: data.errors });
    return (await addJob({ type: 'cleanup', data: data.value })).id;
  }

  routes.get('/lists', async (c) => c.json({ lists: (await lists.newest(LISTED)).map(shown) }));

  routes.get('/lists/:id', async (c) => {
    const list = await find(c.req.param('id'));
    const first = await lists.items(list.id, 0, LISTED);
    return c.json({
      ...shown(list),
      first: first.map(({ label, bytes, at, outcome }) => ({ item: label, bytes, at: clock.iso(at), outcome })),
    });
  });

  routes.get('/lists/:id/items', async (c) => {
    const list = await find(c.req.param('id'));
    const headers = { ...HEADERS, 'content-disposition': `attachment; filename="cleanup-${list.id}.ndjson"` };
    return c.body(listLines(lists, list.id, clock), 200, headers);
  });

  routes.post('/lists/:id/run', async (c) => {
    const { id, action, state } = await find(c.req.param('id'));
    if (state !== 'ready')
      throw new JobsError('INVALID_STATE', `The list is ${state}. Only a ready list can be run, and only once.`);
    const job = await addJob({ type: 'cleanup', data: { action, list: id } });
    return c.json({ jobId: job.id }, 202);
  });

  routes.delete('/lists/:id', async (c) => {
    const { id, state } = await find(c.req.param('id'));
    if (state === 'running') throw new JobsError('INVALID_STATE', 'The list is being run.');
    await lists.drop(id);
    return c.body(null, 204);
  });

  routes.post('/preview', async (c) => {
    const body: unknown = await c.req.json().catch(() => null);
    return c.json({ jobId: await addPreview(body) }, 202);
  });

  routes.post('/preview/:action', async (c) => {
    return c.json({ jobId: await addPreview({ action: c.req.param('action') }) }, 202);
  });
}
