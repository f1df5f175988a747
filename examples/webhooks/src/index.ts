// Tells another system about failed jobs: a signed POST for each, tried for two days, and a page of those that did not arrive.
import { createHmac } from 'node:crypto';
import { definePlugin, discard, type JobPage, Jobs, JobsError } from '@phraseworks/sdk';
import { html } from 'hono/html';
import { z } from 'zod';

const Message = z.object({ event: z.string(), jobId: z.string(), jobType: z.string(), error: z.string() });

declare module '@phraseworks/sdk' {
  interface JobTypes {
    webhook: { data: z.infer<typeof Message>; result: { answered: number } };
  }
}

export default definePlugin({
  name: 'webhook',
  version: '0.1.0',
  title: 'Webhook',
  description: 'Tells another system about jobs that failed.',
  sdk: '^0.1.0',
  config: z.object({
    url: z.url({ protocol: /^https?$/ }).describe('Where each failure is posted to.'),
    secret: z.string().min(1).meta({ secret: true }).describe('Signs the body; the receiver knows it, too.'),
  }),
  needs: { jobs: Jobs },
  init(ctx) {
    const { url, secret } = ctx.config;

    ctx.registerProcessor(
      'webhook',
      async (data, jobId, _attempt, job) => {
        const body = JSON.stringify(data);
        const signature = createHmac('sha256', secret).update(body).digest('hex');
        const headers = { 'Content-Type': 'application/json', 'X-Webhook-Id': jobId, 'X-Webhook-Signature': signature };
        const response = await fetch(url, { method: 'POST', headers, body, signal: job.signal });
        const { ok, status } = response;
        await response.body?.cancel();
        if (ok) return { success: true, result: { answered: status } };
        if (status === 410) return discard('the receiver does not want it any more');
        // All that wait for the receiver wait until then, in every process.
        if (status === 429) job.limited(retryAfter(response), 'the receiver is busy');
        return { success: false, error: `the receiver answered ${status}`, retryable: status >= 500 };
      },
      {
        data: Message,
        timeout: 10_000,
        maxRetries: 100,
        retryDelay: 60_000,
        retryBackoff: 'linear',
        giveUpAfter: '2 days',
        retention: { failed: '30 days' },
        summary: ({ jobType, error }) => `${jobType} failed: ${error}`,
        example: { event: 'job_failed', jobId: '0197...', jobType: 'email', error: 'the mailbox is full' },
      },
    );

    ctx.addAction('job:failed', async ({ jobId, type, error, event }) => {
      // Its own failures would call for themselves.
      if (type === 'webhook') return;
      const data = { event: event.event, jobId, jobType: type, error };
      // Every process on the database sees the failure; the key makes one job of it.
      await ctx.addJob({ type: 'webhook', data, idempotencyKey: `webhook/${jobId}/${event.at}` });
    });

    ctx.guarded.get('/', async (c) => {
      const failed = await ctx.needs.jobs.list(await ctx.authorize(c), { type: 'webhook', status: 'failed' });
      return c.html(page(failed));
    });
    ctx.guarded.post('/:id/retry', async (c) => {
      const who = await ctx.authorize(c);
      const { id, type } = await ctx.needs.jobs.get(who, c.req.param('id'));
      if (type !== 'webhook') throw new JobsError('JOB_NOT_FOUND', 'This is not a webhook.');
      await ctx.needs.jobs.retry(who, id);
      return c.redirect(`${c.var.base}/plugins/${ctx.name}/guarded/`, 303);
    });
  },
});

/** In seconds, or a date; a minute if the receiver does not say. */
function retryAfter({ headers }: Response): number | Date {
  const text = headers.get('retry-after') ?? '60';
  return /^\d+$/.test(text) ? Number(text) * 1_000 : new Date(text);
}

const page = ({ jobs }: JobPage<'webhook'>) => html`<!doctype html>
  <html lang="en">
    <title>Webhooks that did not arrive</title>
    <h1>Webhooks that did not arrive</h1>
    ${jobs.map(
      ({ id, summary, error, finishedAt }) =>
        html`<form method="post" action="${id}/retry">
          ${finishedAt} ${summary} (${error}) <button>Send again</button>
        </form>`,
    )}
  </html>`;
