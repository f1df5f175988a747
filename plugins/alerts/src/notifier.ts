// Sends alerts: at once, since their queue may be what is wrong; as jobs, if that failed; or from memory, if no job can be stored.
import type { Logger, PluginClock } from '@phraseworks/sdk';
import { token } from '@phraseworks/sdk';
import type { AlertsConfig } from './config.ts';
import type { Message } from './message.ts';
import { keyOf, type Letter } from './store.ts';
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
/** Milliseconds after which a letter that is sent at once becomes a job. */
const AT_ONCE = 30_000;

export type Notifier = ReturnType<typeof createNotifier>;

export function createNotifier({ config, mailer, clock, log, signal }: NotifierParts) {
  const { mail, webhooks } = config;

  function attempt(send: () => Promise<unknown>, what: string, tries = 0): void {
    send().catch(() => {
      if (signal.aborted) return;
      const pause = AGAIN[tries];
      if (pause === undefined) log.error(`an alert could not be sent ${what}, and will not be retried`);
      else clock.after(pause, () => attempt(send, what, tries + 1));
    });
  }

  /** `record`: the e-mail plugin notes the delivery, which needs the database. */
  async function send(letter: Letter, message: Message, stop: AbortSignal, record: boolean): Promise<void> {
    const { channel, target } = letter;
    if (channel === 'mail') {
      const { subject, text } = message;
      const id = record ? { id: keyOf(message.id, letter) } : {};
      const email = mailer();
      if (!email) throw new Error('the plugin email is off');
      await email.send({ to: [target], subject, text }, { ...id, signal: stop, record });
      return;
    }
    const webhook = webhooks.find(({ name }) => name === target);
    if (!webhook) throw new Error(`config.webhooks has no entry named ${target}`);
    const status = await post(webhook, message, clock, stop);
    if (status < 200 || status >= 300) throw new Error(`it returned status ${status}`);
  }

  return {
    /** For people: `admin@example.com, webhook ops`. */
    targets: [...mail, ...webhooks.map(({ name }) => `webhook ${name}`)].join(', '),

    /** One for each address and webhook. Empty without recipients. */
    letters: (message: Message): Letter[] => [
      ...(mailer() === undefined ? [] : mail).map((address) => ({
        channel: 'mail' as const,
        target: address,
        job: {
          type: 'email',
          priority: 'high' as const,
          data: { to: [address], subject: message.subject, text: message.text },
        },
      })),
      ...webhooks.map(({ name }) => ({
        channel: 'webhook' as const,
        target: name,
        job: { type: 'alert_webhook', priority: 'high' as const, data: { webhook: name, message } },
      })),
    ],

    /** Tries each letter once; resolves with those that could not be sent. Throws only if the plugin stops meanwhile. */
    async atOnce(message: Message, letters: readonly Letter[]): Promise<Letter[]> {
      // Of the machine's time, as the network is.
      const stop = AbortSignal.any([signal, AbortSignal.timeout(AT_ONCE)]);
      const late = new Promise<never>((_, reject) => {
        stop.addEventListener('abort', () => reject(stop.reason), { once: true });
      });
      late.catch(() => {});
      const results = await Promise.allSettled(
        letters.map((letter) => Promise.race([send(letter, message, stop, true), late])),
      );
      signal.throwIfAborted();
      return letters.filter((_, n) => results[n]?.status === 'rejected');
    },

    /** Sends from memory with a few retries; never throws. */
    direct(message: Message, letters: readonly Letter[]): void {
      for (const letter of letters) {
        const what = letter.channel === 'mail' ? 'by mail' : `to the webhook ${letter.target}`;
        attempt(() => send(letter, message, signal, false), what);
      }
    },
  };
}
