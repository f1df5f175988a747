// The data and result of a report job, and the schema that checks the data.

import { isDay, parseInstant } from '@phraseworks/sdk/zone';
import { z } from 'zod';

/** Whether a retry may help. */
export const RETRYABLE = {
  UNKNOWN_REPORT: false,
  FOLDER_UNUSABLE: true,
  INVALID_SECTIONS: false,
  NOT_SENT: false,
} as const;
export type FailureCode = keyof typeof RETRYABLE;

export class ReportFailure extends Error {
  override readonly name = 'ReportFailure';
  readonly code: FailureCode;
  readonly retryable: boolean;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
    this.retryable = RETRYABLE[code];
  }
}

export const FORMATS = ['html', 'text', 'csv'] as const;
export type Format = (typeof FORMATS)[number];
/** As links. */
export const FORMAT_NAMES: Record<Format, string> = { html: 'Open the report', text: 'Text', csv: 'CSV' };

const MAX_RECIPIENTS = 50;
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}$/;
/** The name of a report type, which becomes part of file names. */
export const TYPE_NAME = /^[a-z][a-z0-9_-]{0,49}$/;

export type ReportData = z.input<ReturnType<typeof reportData>>;

export interface ReportFile {
  format: Format;
  name: string;
  bytes: number;
}

export interface ReportResult {
  /** Its path below the mount point. */
  report: string;
  /** `16 to 22 November 2026`. */
  period: string;
  /** No job ended in the period. */
  empty: boolean;
  files: ReportFile[];
  /** All recipients have it. */
  sent: boolean;
  /** Why not. */
  reason?: string;
  accepted: string[];
  refused: { to: string; reason: string }[];
}

declare module '@phraseworks/sdk' {
  interface JobTypes {
    report: { data: ReportData; result: ReportResult };
  }
}

const isTime = (text: string): boolean => isDay(text) || parseInstant(text) !== null;
const isAddress = (text: string): boolean => text.length <= 180 && ADDRESS.test(text);
const distinct = (list: readonly string[]): boolean =>
  new Set(list.map((one) => one.toLowerCase())).size === list.length;

const refusal = (message: string) => ({ params: { message } });

/** The schema; `known` returns the report types that exist when the data is checked. */
export function reportData(known: () => readonly string[]) {
  return z
    .strictObject({
      type: z
        .string()
        .min(1)
        .max(50)
        .meta({
          description: 'The report: weekly_analytics, daily_summary, monthly_summary, or one registered by a plugin.',
          examples: ['weekly_analytics', 'daily_summary', 'monthly_summary'],
        }),
      recipients: z
        .array(z.string().refine(isAddress, refusal('must be a bare e-mail address of at most 180 characters')))
        .max(MAX_RECIPIENTS)
        .refine(distinct, refusal('contains an address twice'))
        .optional()
        .describe(
          'At most 50 bare addresses, such as admin@example.com, each of which gets its own mail; none by default.',
        ),
      at: z
        .string()
        .max(40)
        .refine(
          isTime,
          refusal('must be a day such as 2026-11-23, or a time with its zone such as 2026-11-23T09:00:00Z'),
        )
        .optional()
        .describe(
          'A day such as 2026-11-23, or a time with its zone: the report covers the last period that had ended then. By default, when the job was added.',
        ),
      period: z
        .enum(['last', 'current'])
        .optional()
        .describe('The last finished period (last, default) or the running one (current).'),
      format: z
        .union([z.enum(FORMATS), z.array(z.enum(FORMATS)).min(1).max(FORMATS.length)])
        .optional()
        .describe(
          'Files to create besides the page: text or csv; both by default. Formats named here are attached to the mail.',
        ),
    })
    .superRefine(({ type }, check) => {
      if (known().includes(type)) return;
      const message = `must be one of ${known().join(', ')}`;
      check.addIssue({ code: 'custom', path: ['type'], params: { message } });
    });
}

/** The one line a list shows: `weekly_analytics -> admin@example.com`. */
export function summary({ type, recipients = [] }: ReportData): string {
  if (recipients.length === 0) return type;
  return `${type} -> ${recipients[0]}${recipients.length > 1 ? ` and ${recipients.length - 1} more` : ''}`;
}

export const example: ReportData = { type: 'weekly_analytics', recipients: ['admin@example.com'] };
