// Tells another system about jobs that failed: one signed POST for each, sent by a job, so that it is retried like any other.
import { createHmac } from 'node:crypto';
import { definePlugin, discard } from '@phraseworks/sdk';
import { type WebhookData, webhookConfig, webhookData } from './schemas.ts';

declare module '@phraseworks/sdk' {
  interface JobTypes {
    webhook: { data: WebhookData; result: { answered: number } };
  }
}

export default definePlugin({
  name: 'webhook',
  version: '0.1.0',
  title: 'Webhook',
  description: 'Tells another system about jobs that failed.',
  sdk: '^0.1.0',
  config: webhookConfig,
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
        job.log.info(`the receiver answered ${status}`);
        if (ok) return { success: true, result: { answered: status } };
        if (status === 410) return discard('the receiver does not want it any more');
        return { success: false, error: `the receiver answered ${status}`, retryable: status === 429 || status >= 500 };
      },
      {
        data: webhookData,
        timeout: 10_000,
        maxRetries: 5,
        retryDelay: 30_000,
        retryBackoff: 'exponential',
        concurrency: 2,
        summary: ({ jobType }) => `a job of type ${jobType} failed`,
        example: { event: 'job_failed', jobId: '0197...', jobType: 'email', error: 'the mailbox is full' },
      },
    );

    ctx.addAction('job:failed', async ({ jobId, type, error, event }) => {
      // Its own failures would call for themselves.
      if (type === 'webhook') return;
      await ctx.addJob({
        type: 'webhook',
        data: { event: event.event, jobId, jobType: type, error },
        // Every process on the database hears of the failure; the key makes one job of it.
        idempotencyKey: `webhook/${jobId}/${event.at}`,
      });
    });

    ctx.routes.post('/test', async (c) => {
      const data = { event: 'test', jobId: 'none', jobType: 'none', error: 'this is only a test' };
      const { id } = await ctx.addJob({ type: 'webhook', data });
      return c.json({ jobId: id }, 202);
    });
  },
});
