// The alerts plugin: notifies people when jobs fail for good, schedules do not run, a success is overdue or nothing can be stored.
import { randomUUID } from 'node:crypto';
import { definePlugin, JobsError, lazy, Monitor, optional, Schedules } from '@phraseworks/sdk';
import { z } from 'zod';
import { AlertsConfig } from './config.ts';
import { createFindings } from './findings.ts';
import { Message, testMessage } from './message.ts';
import { createNotifier, Mailer } from './notifier.ts';
import { alertsPanel } from './panel.ts';
import { createStore } from './store.ts';
import { createSystemFindings } from './system.ts';
import { tables } from './tables.ts';
import { Watcher } from './watcher.ts';
import type { WebhookData } from './webhook.ts';

export type { AlertsConfig } from './config.ts';
export type { Message } from './message.ts';
export type { AlertFact } from './watcher.ts';
export type { WebhookData } from './webhook.ts';

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    alerts: typeof AlertsConfig;
  }
  interface JobTypes {
    alert_webhook: { data: WebhookData; result: { status: number } };
  }
}

const WebhookShape = z.strictObject({ webhook: z.string().max(50), message: Message });

const example: WebhookData = {
  webhook: 'ops',
  message: {
    id: 'failed/backup/1764234000000/1',
    kind: 'raised',
    rule: 'failed',
    about: 'backup',
    subject: '[PhraseWorks Jobs] Alert: backup: jobs failed',
    text: 'Jobs of the type backup failed for good.',
    since: '2026-11-27T09:00:00.000Z',
    at: '2026-11-27T09:00:05.000Z',
    count: 1,
  },
};

// A constant, because TypeScript does not rewrite import() specifiers inside `export default`.
const alerts = definePlugin({
  name: 'alerts',
  version: '0.1.0',
  fileOnly: ['webhooks'],
  title: 'Alerts',
  description:
    'Sends mail and webhooks when jobs fail for good, schedules do not run or the database refuses writes, and when that ends.',
  author: 'PhraseWorks',
  sdk: '^0.1.0',
  config: AlertsConfig,
  needs: { monitor: Monitor, schedules: Schedules, mailer: optional(Mailer) },
  tables,
  async init(ctx) {
    const { config, clock, log, signal, addJob, getJobStatus, getQueueMetrics, doAction } = ctx;
    const { monitor, schedules } = ctx.needs;
    const iso = (at: number) => clock.iso(at);
    const mailer = () => ctx.needs.mailer;
    const store = createStore({ db: ctx.db, addJob, now: () => clock.now() });
    // Only failures from now on count.
    await store.site();
    const findings = createFindings({
      ...{ config, monitor, schedules, store, getJobStatus, iso },
      system: createSystemFindings({ config, monitor, iso }),
    });
    const notifier = createNotifier({ config, mailer, clock, log, signal });
    const watcher = new Watcher({
      ...{ id: randomUUID(), config, store, findings, notifier, clock, log, getQueueMetrics, doAction },
    });

    ctx.registerProcessor(
      'alert_webhook',
      lazy(async () => {
        const { webhookProcessor } = await import('./webhook.ts');
        return { default: webhookProcessor(config.webhooks, clock) };
      }),
      {
        data: WebhookShape,
        // Posted messages carry the site's signature.
        access: 'administer',
        timeout: 15_000,
        maxRetries: 10,
        retryDelay: 10_000,
        retryBackoff: 'exponential',
        summary: ({ webhook, message }) => `${message.subject} -> ${webhook}`,
        example,
      },
    );

    ctx.routes.post('/test', async (c) => {
      const message = testMessage({ site: config.site, iso, now: clock.now() });
      const letters = notifier.letters(message);
      if (letters.length === 0)
        throw new JobsError(
          'INVALID_STATE',
          'Alerts have no recipients: set config.mail or config.webhooks, and enable the plugin email.',
        );
      const left = await notifier.atOnce(message, letters);
      const sent = letters.filter((letter) => !left.includes(letter));
      await store.noteSent(sent, message, '', 'test');
      await store.send(left, message.id);
      return c.json({ sent: letters.map(({ channel, target }) => ({ channel, target })) }, 202);
    });
    ctx.routes.post('/close/:id', async (c) => {
      const row = (await store.causes()).get(c.req.param('id'));
      if (row?.open !== 1) throw new JobsError('NOT_FOUND', 'No open alert has this ID.');
      const closed = { ...row, open: 0, version: row.version + 1, seen: Math.max(row.seen, clock.now()) };
      return c.json({ closed: await store.move(row, closed, [], '') });
    });
    ctx.panel(
      alertsPanel({
        ...{ store, notifier, clock, getJobStatus },
        mailIsOff: () => config.mail.length > 0 && mailer() === undefined,
      }),
    );

    ctx.addAction('job:failed', ({ type }) => watcher.hear(type));
    ctx.onReady(() => watcher.start());
    ctx.onDisable(() => watcher.stop());
  },
});

export default alerts;
