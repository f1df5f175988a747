// Sends alerts: as jobs, or directly from memory if the queue cannot store them.
import type { Logger, PluginClock } from '@phraseworks/sdk';
import { token } from '@phraseworks/sdk';
import type { AlertsConfig, WebhookConfig } from './config.ts';
import type { Message } from './message.ts';
import type { Letter } from './store.ts';
import { post } from './webhook.ts';

/** The part of the e-mail plugin's service that is used here. */
export interface Mailer {
  send(
    message: { to: string[]; subject: string; text: string },
    options: { id?: string; signal?: AbortSignal; record?: boolean },
  ): Promise<unknown>;
}

export const Mailer = token<Mailer>('email/mailer');

interface NotifierParts {
  config: AlertsConfig;
  mailer: () => Mailer | undefined;
  clock: PluginClock;
  log: Logger;
  signal: AbortSignal;
}

/** Milliseconds before each retry of a message that is sent from memory. */
const AGAIN = [10_000, 60_000, 300_000];

export interface Notifier {
  /** The jobs that carry a message. Empty without recipients. */
  letters(message: Message): Letter[];
  /** Sends from memory with a few retries; never throws. */
  direct(message: Message): void;
  /** For people: `admin@example.com, webhook ops`. */
  readonly targets: string;
}

export function createNotifier({ config, mailer, clock, log, signal }: NotifierParts): Notifier {
  const { mail, webhooks } = config;

  function attempt(send: () => Promise<unknown>, what: string, tries = 0): void {
    send().catch(() => {
      if (signal.aborted) return;
      const pause = AGAIN[tries];
      if (pause === undefined) log.error(`an alert could not be sent ${what}, and will not be retried`);
      else clock.after(pause, () => attempt(send, what, tries + 1));
    });
  }

  async function postTo(webhook: WebhookConfig, message: Message): Promise<void> {
    const status = await post(webhook, message, clock, signal);
    if (status < 200 || status >= 300) throw new Error(`it returned status ${status}`);
  }

  return {
    targets: [...mail, ...webhooks.map(({ name }) => `webhook ${name}`)].join(', '),

    letters: (message) => [
      ...(mail.length === 0 || mailer() === undefined
        ? []
        : [
            {
              channel: 'mail' as const,
              target: mail.join(', '),
              job: {
                type: 'email',
                priority: 'high' as const,
                data: { to: mail, subject: message.subject, text: message.text },
              },
            },
          ]),
      ...webhooks.map(({ name }) => ({
        channel: 'webhook' as const,
        target: name,
        job: { type: 'alert_webhook', priority: 'high' as const, data: { webhook: name, message } },
      })),
    ],

    direct(message) {
      for (const webhook of webhooks) attempt(() => postTo(webhook, message), `to the webhook ${webhook.name}`);
      const { subject, text } = message;
      if (mail.length > 0 && mailer() !== undefined)
        attempt(async () => mailer()?.send({ to: mail, subject, text }, { signal, record: false }), 'by mail');
    },
  };
}
