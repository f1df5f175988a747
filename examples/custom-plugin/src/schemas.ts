// What may stand in the config and in a job's data: two Standard Schemas by hand, so that the plugin needs no library.
import type { Schema } from '@phraseworks/sdk';

export interface WebhookConfig {
  /** Where each failure is posted to. */
  url: string;
  /** Signs the body; the receiver knows it, too. */
  secret: string;
}

export interface WebhookData {
  event: string;
  jobId: string;
  jobType: string;
  error: string;
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isAddress = (value: unknown): boolean => /^https?:/i.test(String(value)) && URL.canParse(String(value));

/** A schema that asks one question about each field; a field that is wrong or missing is named by its key. */
function fields<T>(tests: Record<keyof T & string, (value: unknown) => boolean>): Schema<unknown, T> {
  return {
    '~standard': {
      version: 1,
      vendor: 'phraseworks-plugin-webhook',
      validate: (input) => {
        const given = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
        const keys = Object.keys(tests) as (keyof T & string)[];
        const issues = keys
          .filter((key) => !tests[key](given[key]))
          .map((key) => ({ message: given[key] === undefined ? 'is required' : 'is not valid', path: [key] }));
        return issues.length > 0
          ? { issues }
          : { value: Object.fromEntries(keys.map((key) => [key, given[key]])) as T };
      },
    },
  };
}

export const webhookConfig = fields<WebhookConfig>({ url: isAddress, secret: isText });
export const webhookData = fields<WebhookData>({ event: isText, jobId: isText, jobType: isText, error: isText });
