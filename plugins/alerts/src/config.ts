// The configuration: what is watched, and who is notified.
import { parseDuration } from '@phraseworks/sdk';
import { z } from 'zod';

const NOT_A_DURATION = "must be a duration such as '30 minutes', '26 hours' or '2 days'";
const NOT_AN_ADDRESS = 'must be a bare e-mail address such as admin@example.com';
const NOT_A_URL = 'must be an https:// URL, or an http:// URL of this machine, without user and password';

/** Milliseconds. */
const duration = (byDefault: string) =>
  z
    .string()
    .max(20)
    .refine((text) => parseDuration(text) !== null, { params: { message: NOT_A_DURATION } })
    .default(byDefault);

const LOCAL = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
/** Only loopback addresses may use plain HTTP. */
const isWebhookUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return username + password === '' && (protocol === 'https:' || (protocol === 'http:' && LOCAL.test(hostname)));
};

const Webhook = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,49}$/)
    .describe('Shown in logs and pages instead of the URL, such as ops.'),
  url: z
    .string()
    .max(2_000)
    .refine(isWebhookUrl, { params: { message: NOT_A_URL } })
    .meta({ secret: true })
    .describe('Where messages are posted, such as an incoming webhook of Slack.'),
  secret: z
    .string()
    .min(16)
    .max(200)
    .meta({ secret: true })
    .optional()
    .describe('Signs each message; at least 16 characters. Without it, messages are not signed.'),
});

const FailedRule = z.strictObject({
  type: z.string().min(1).max(191).describe('A job type, or * for every type that no earlier rule names.'),
  count: z
    .int()
    .min(0)
    .max(2_000)
    .default(1)
    .describe('How many failed jobs raise the alert; 1 by default. With 0, this type never does.'),
  within: duration('1 hour').describe('The period in which that many must fail; 1 hour by default.'),
});

const SuccessRule = z.strictObject({
  type: z.string().min(1).max(191).describe('A job type, such as backup.'),
  schedule: z.string().min(1).max(400).optional().describe('Only jobs of this schedule count, such as daily_backup.'),
  result: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe(
      'What the result must contain to count as a success, such as { "state": "verified" }; by default, any result counts.',
    ),
  within: duration('26 hours').describe('The longest time without such a success; 26 hours by default.'),
});

export const AlertsConfig = z.strictObject({
  site: z
    .string()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}+$/u)
    .default('PhraseWorks Jobs')
    .describe('Start of each subject line.'),
  mail: z
    .array(
      z
        .string()
        .max(254)
        .regex(/^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/)
        .refine((text) => text !== '', { params: { message: NOT_AN_ADDRESS } }),
    )
    .max(20)
    .default([])
    .describe('Mail recipients, which need the plugin email; none by default.'),
  webhooks: z.array(Webhook).max(10).default([]).describe('URLs that messages are posted to; none by default.'),
  link: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional()
    .describe('Where the job system is reached by people, such as https://example.com/jobs, for links in messages.'),
  remind: duration('24 hours').describe('How often a reminder is sent while an alert is open; 24 hours by default.'),
  failed: z
    .array(FailedRule)
    .max(100)
    .default([{ type: '*', count: 1, within: '1 hour' }])
    .describe(
      'Jobs that failed for good. The first rule that matches a type counts; by default, any failure of any type raises an alert.',
    ),
  success: z
    .array(SuccessRule)
    .max(100)
    .optional()
    .describe('Types that must succeed regularly; by default, a verified backup every 26 hours if there are backups.'),
  schedules: z
    .strictObject({
      late: duration('15 minutes').describe('How late a run may begin; 15 minutes by default.'),
      waiting: duration('6 hours').describe('How long the job of a run may wait or be parked; 6 hours by default.'),
      except: z.array(z.string().max(400)).max(500).default([]).describe('Schedules that are not watched, by name.'),
    })
    .prefault({})
    .describe('Schedules that did not run.'),
  system: z
    .strictObject({
      after: duration('5 minutes').describe(
        'How long a plugin must have failed in a process, or a process must be silent, before the alert is sent; 5 minutes by default.',
      ),
      still: duration('15 minutes').describe(
        'How long a job must have waited with no other one finishing before the alert is sent; 15 minutes by default.',
      ),
    })
    .prefault({})
    .describe('Plugins that failed, processes that died, and a queue that stands still.'),
  storage: z
    .strictObject({
      after: duration('1 minute').describe(
        'How long the database must refuse writes before the alert is sent; 1 minute by default.',
      ),
    })
    .prefault({})
    .describe('The database refuses writes. This alert is sent directly, without a job.'),
});

export type AlertsConfig = z.output<typeof AlertsConfig>;
export type WebhookConfig = AlertsConfig['webhooks'][number];
export type SuccessRule = NonNullable<AlertsConfig['success']>[number];

/** Applies if the configuration has no rule, and only if there are such jobs. */
export const DEFAULT_SUCCESS: SuccessRule[] = [{ type: 'backup', result: { state: 'verified' }, within: '26 hours' }];

/** Of a duration that the schema has checked. */
export const ms = (text: string): number => parseDuration(text) ?? Number.POSITIVE_INFINITY;
