// The webhook for bounced mail: disabled without a secret, and idempotent.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Logger, PluginApp } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import { jsonOf } from './body.ts';
import { type Feedback, SHAPES } from './feedback.ts';
import type { Suppressions } from './suppressions.ts';
import type { Tracking } from './tracking.ts';

export interface BounceParts {
  /** Undefined: the routes are disabled. */
  secret: string | undefined;
  tracking: Tracking;
  suppressions: Suppressions;
  log: Logger;
}

/** `Authorization: Bearer ...`, the password of `Authorization: Basic ...`, or `X-Webhook-Secret`. */
function givenSecret(headers: Headers): string {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+)$/i.exec(headers.get('authorization') ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() === 'basic') {
    return Buffer.from(value, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, '');
  }
  return headers.get('x-webhook-secret') ?? '';
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/** Compares in constant time. */
const isSame = (given: string, right: string): boolean => timingSafeEqual(digest(given), digest(right));

export function addBounceRoutes(app: PluginApp, { secret, tracking, suppressions, log }: BounceParts): void {
  async function note({ event, address, messageId, permanent, response }: Feedback): Promise<boolean> {
    if (event !== 'bounced') return suppressions.add(address, event, response);
    const known = await tracking.bounced(address, messageId, response || 'came back');
    const added = permanent && (await suppressions.add(address, 'bounced', response));
    return known || added;
  }

  app.post('/bounces/:shape', async (c) => {
    if (secret === undefined)
      throw new JobsError('NOT_FOUND', 'The plugin has no such route: bounces.secret is not set.');
    if (!isSame(givenSecret(c.req.raw.headers), secret)) {
      throw new JobsError('UNAUTHORIZED', 'The secret of this webhook is missing or wrong.');
    }
    const name = c.req.param('shape');
    const read = Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
    if (!read) throw new JobsError('NOT_FOUND', `There are webhooks for ${Object.keys(SHAPES).join(', ')}.`);
    const events = read(jsonOf(await c.req.text()));
    if (events === null) {
      throw new JobsError('INVALID_DATA', `Unrecognised webhook payload: expected the JSON of ${name}.`, {
        errors: [{ path: '', message: `must be what ${name} sends` }],
      });
    }
    let noted = 0;
    for (const event of events) if (await note(event)) noted += 1;
    if (noted > 0) log.info(`${noted} mails bounced, or their recipients unsubscribed`);
    return c.json({ events: events.length, noted });
  });
}
