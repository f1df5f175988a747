// Posts signed messages to webhooks, in a format that the incoming webhooks of Slack and Mattermost also accept.
import { createHmac } from 'node:crypto';
import type { PluginClock, Processor } from '@phraseworks/sdk';
import type { WebhookConfig } from './config.ts';
import type { Message } from './message.ts';

export interface WebhookData {
  /** Its name in the configuration. */
  webhook: string;
  message: Message;
}

const TIMEOUT = 10_000;

/** HMAC with SHA-256 over the timestamp, a dot and the body, in hex. */
export const signatureOf = (secret: string, timestamp: string, body: string): string =>
  createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');

/**
 * The text for a chat, in which errors and names must neither address people nor become links: Slack takes `<!channel>` and `<url|words>`,
 * Mattermost and Discord take `@here` and `[words](url)`. An invisible character breaks the latter.
 */
const plainText = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('](', ']\u200b(')
    .replace(/@(?=all|channel|everyone|here)/gi, '@\u200b');

/** Returns the status. Throws after 10 seconds without an answer. Does not follow redirects. */
export async function post(
  { url, secret }: WebhookConfig,
  message: Message,
  clock: PluginClock,
  signal: AbortSignal,
): Promise<number> {
  const body = JSON.stringify({ ...message, text: plainText(`${message.subject}\n${message.text}`) });
  const timestamp = String(Math.floor(clock.now() / 1_000));
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'Content-Type': 'application/json',
      'X-PhraseWorks-Id': message.id,
      'X-PhraseWorks-Timestamp': timestamp,
      ...(secret === undefined ? {} : { 'X-PhraseWorks-Signature': `sha256=${signatureOf(secret, timestamp, body)}` }),
    },
    body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
  });
  await response.body?.cancel();
  return response.status;
}

const PASSING = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500;

export function webhookProcessor(webhooks: readonly WebhookConfig[], clock: PluginClock): Processor<'alert_webhook'> {
  return async ({ webhook, message }, _jobId, _attempt, { signal }) => {
    const target = webhooks.find(({ name }) => name === webhook);
    if (!target) return { success: false, error: `config.webhooks has no entry named ${webhook}`, retryable: false };
    let status: number;
    try {
      status = await post(target, message, clock, signal);
    } catch {
      signal.throwIfAborted();
      // The library's message contains the address.
      return { success: false, error: `the webhook ${webhook} could not be reached` };
    }
    if (status >= 200 && status < 300) return { success: true, result: { status } };
    return { success: false, error: `the webhook ${webhook} returned status ${status}`, retryable: PASSING(status) };
  };
}
