// Invoices as jobs, and a desk for them: a list, a search, retry, cancel, the history, a page. The people who use it need no other rights than
// those for these jobs, and no other plugin.
import { definePlugin, type Job, type JobStateFilter, Jobs, JobsError, type RouteContext } from '@phraseworks/sdk';
import { html } from 'hono/html';
import { z } from 'zod';

const TYPE = 'invoice';
const Invoice = z.object({ number: z.string(), to: z.email(), card: z.string().meta({ secret: true }) });

export default definePlugin({
  name: 'invoices',
  version: '0.1.0',
  title: 'Invoices',
  description: 'Sends invoices, and shows what became of them.',
  sdk: '^0.1.0',
  config: z.object({ outOfOrder: z.boolean().default(false).describe('Every invoice fails, to try the desk.') }),
  needs: { jobs: Jobs },
  init(ctx) {
    ctx.registerProcessor(
      TYPE,
      ({ number }) =>
        ctx.config.outOfOrder
          ? { success: false, error: `The printer refuses ${number}.`, retryable: false }
          : { success: true, result: { printed: number } },
      {
        data: Invoice,
        summary: ({ number, to }) => `${number} to ${to}`,
        example: { number: 'R-17', to: 'ada@example.com', card: '4111 1111 1111 1111' },
      },
    );

    /** The invoices that the caller may view: the service asks for the right, and masks their secrets. */
    const search = async (c: RouteContext) => {
      const { q = '', status, cursor } = c.req.query();
      return ctx.needs.jobs.list<typeof TYPE>(await ctx.authorize(c), {
        type: TYPE,
        q,
        ...(status ? { status: status as JobStateFilter } : {}),
        ...(cursor ? { cursor } : {}),
      });
    };

    /** The caller and the invoice of the address. Jobs of other types are not found. */
    const find = async (c: RouteContext) => {
      const actor = await ctx.authorize(c);
      const { id } = await ctx.needs.jobs.get(actor, c.req.param('id') ?? '').then(ofOurs);
      return { actor, id };
    };

    ctx.guarded.get('/', async (c) => c.html(page(await search(c), c.req.query('q') ?? '')));
    ctx.guarded.get('/list', async (c) => c.json(await search(c)));
    ctx.guarded.get('/:id', async (c) => {
      const { actor, id } = await find(c);
      return c.json({ ...(await ctx.needs.jobs.history(actor, id)), why: await ctx.needs.jobs.why(actor, id) });
    });
    ctx.guarded.post('/:id/retry', async (c) => {
      const { actor, id } = await find(c);
      await ctx.needs.jobs.retry(actor, id);
      return c.redirect(`${c.var.base}/plugins/${ctx.name}/guarded/`, 303);
    });
    ctx.guarded.post('/:id/cancel', async (c) => {
      const { actor, id } = await find(c);
      await ctx.needs.jobs.cancel(actor, id);
      return c.redirect(`${c.var.base}/plugins/${ctx.name}/guarded/`, 303);
    });
  },
});

function ofOurs(job: Job): Job {
  if (job.type === TYPE) return job;
  throw new JobsError('JOB_NOT_FOUND', 'This is not an invoice.');
}

interface Row {
  id: string;
  summary: string | null;
  status: string;
  error: string | null;
}

const page = ({ jobs }: { jobs: readonly Row[] }, q: string) => html`<!doctype html>
  <html lang="en">
    <title>Invoices</title>
    <h1>Invoices</h1>
    <form><input name="q" value="${q}" aria-label="Search" /> <button>Search</button></form>
    <table>
      ${jobs.map(
        ({ id, summary, status, error }) =>
          html`<tr>
            <td><a href="${id}">${summary}</a></td>
            <td>${status}</td>
            <td>${error}</td>
            <td>${button(id, status === 'failed' || status === 'cancelled' ? 'retry' : 'cancel')}</td>
          </tr>`,
      )}
    </table>
  </html>`;

const button = (id: string, does: 'retry' | 'cancel') =>
  html`<form method="post" action="${id}/${does}"><button>${does}</button></form>`;
