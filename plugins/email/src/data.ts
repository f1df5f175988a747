// The data and result of an `email` job, and the validation of the data.

import { types } from 'node:util';
import { z } from 'zod';
import { Address, distinct, isAddress, NOT_AN_ADDRESS } from './address.ts';
import { type AnyAttachment, AnyAttachments, type UploadAttachment, UploadAttachments } from './attachments.ts';
import type { EmailResult } from './mail-error.ts';
import type { TemplateSource } from './template-source.ts';

const MAX_DEPTH = 5;
const MAX_VALUES = 2_000;

/** Handlebars prints the object in which a name is missing; apart from that there is nothing to find in it. */
const BASE: object = Object.freeze(Object.assign(Object.create(null), { [Symbol.toPrimitive]: () => '[object]' }));

export const NOT_PLAIN = `must be plain JSON, at most ${MAX_DEPTH} levels deep and ${MAX_VALUES} values in all`;

/**
 * A copy whose objects have nothing of `Object.prototype`, so that `{{constructor}}` is as missing as any other unknown name.
 * Null when the value holds anything but plain JSON (functions, class instances; a date becomes ISO text), or too much of it.
 */
export function plainVariables(value: unknown): Record<string, unknown> | null {
  let left = MAX_VALUES;

  function copy(part: unknown, depth: number): unknown {
    if (--left < 0) throw new TypeError(NOT_PLAIN);
    if (part === null || typeof part === 'string' || typeof part === 'boolean' || Number.isFinite(part)) return part;
    if (types.isDate(part)) return part.toJSON();
    if (typeof part !== 'object' || depth === 0) throw new TypeError(NOT_PLAIN);
    if (Array.isArray(part)) return part.map((item) => copy(item, depth - 1));
    const prototype = Object.getPrototypeOf(part);
    if (prototype !== Object.prototype && prototype !== null) throw new TypeError(NOT_PLAIN);
    const plain: Record<string, unknown> = Object.create(BASE);
    for (const [key, item] of Object.entries(part)) {
      if (item !== undefined) plain[key] = copy(item, depth - 1);
    }
    return plain;
  }

  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  try {
    return copy(value, MAX_DEPTH) as Record<string, unknown>;
  } catch {
    return null;
  }
}

export const MAX_RECIPIENTS = 100;
const MAX_BODY = 500_000;
const ONE_LINE = /^\P{Cc}+$/u;

/** `transactional`: a mail that the recipient is waiting for. `bulk`: one that recipients can unsubscribe from. */
export type Category = 'transactional' | 'bulk';

/** Give `template` (and its `variables`), or `html` and/or `text`. `subject` optional if the template has one. */
export interface EmailData {
  /** One bare address or a list. With cc and bcc at most 100; each of them gets one mail. */
  to: string | string[];
  /** Visible to all recipients. With `cc` or `bcc`, all of `to` is visible as well. */
  cc?: string | string[] | undefined;
  /** Blind copies. */
  bcc?: string | string[] | undefined;
  subject?: string | undefined;
  template?: string | undefined;
  variables?: Record<string, unknown> | undefined;
  html?: string | null | undefined;
  /** Made from the HTML when left out or null. */
  text?: string | null | undefined;
  replyTo?: string | undefined;
  attachments?: UploadAttachment[] | undefined;
  /** `bulk` adds an unsubscribe link and skips unsubscribed recipients. */
  category?: Category | undefined;
}

declare module '@phraseworks/sdk' {
  interface JobTypes {
    email: { data: EmailData; result: EmailResult };
  }
}

/** What another plugin sends: its attachments may be bytes. */
export type OutgoingMail = Omit<EmailData, 'attachments'> & { attachments?: AnyAttachment[] | undefined };

export const listOf = (addresses: string | string[] | undefined): string[] =>
  addresses === undefined ? [] : Array.isArray(addresses) ? addresses : [addresses];

const TOO_MANY = `must be 1 to ${MAX_RECIPIENTS} addresses`;
const AddressList = z.array(z.string()).meta({ minItems: 1, maxItems: MAX_RECIPIENTS });

// Checked here, since zod's unions report only that nothing matches.
const Recipients = z.union([z.string(), AddressList]).superRefine((to, check) => {
  const wrong = (message: string, path: number[] = []) => check.addIssue({ code: 'custom', path, params: { message } });
  if (!Array.isArray(to)) {
    if (!isAddress(to)) wrong(NOT_AN_ADDRESS);
    return;
  }
  if (to.length < 1 || to.length > MAX_RECIPIENTS) return wrong(TOO_MANY);
  for (const [index, address] of to.entries()) {
    if (!isAddress(address)) wrong(NOT_AN_ADDRESS, [index]);
  }
});

export const Line = z.string().min(1).max(250).regex(ONE_LINE);
/** Hosts whose own mailer allows it pass null for a part that is left out. */
const Body = z.preprocess((part) => part ?? undefined, z.string().min(1).max(MAX_BODY).optional()).optional();

/** Mails hold links to reset passwords and codes to sign in. */
const CONFIDENTIAL = { confidential: true };

const Shape = z.strictObject({
  to: Recipients.describe('One bare address such as ada@example.com, or a list; with cc and bcc at most 100.'),
  cc: Recipients.optional().describe('Additional recipients, visible to everybody.'),
  bcc: Recipients.optional().describe('Additional recipients, hidden from the others.'),
  subject: Line.optional().describe('One line of at most 250 characters; optional if the template has one.'),
  variables: z
    .record(z.string(), z.unknown())
    .refine((value) => plainVariables(value) !== null, { params: { message: NOT_PLAIN } })
    .optional()
    .meta(CONFIDENTIAL)
    .describe('Values for the template, such as userName; plain JSON.'),
  html: Body.meta(CONFIDENTIAL).describe('The mail as HTML, instead of a template.'),
  text: Body.meta(CONFIDENTIAL).describe(
    'The mail as plain text, instead of a template; generated from the HTML if omitted.',
  ),
  replyTo: Address.optional().describe('One bare address for replies; the sender by default.'),
  category: z
    .enum(['transactional', 'bulk'])
    .optional()
    .describe(
      'Bulk mail has an unsubscribe link and is not sent to people who unsubscribed; transactional by default.',
    ),
});

const TEMPLATE = 'The name of a template, such as welcome; instead of html and text.';

type Sources = ReadonlyMap<string, TemplateSource>;

/** All recipients, without duplicates. */
export const everybody = ({ to, cc, bcc }: Pick<OutgoingMail, 'to' | 'cc' | 'bcc'>): string[] =>
  distinct([...listOf(to), ...listOf(cc), ...listOf(bcc)]);

/** Errors across fields: path and message. */
function contradictions(data: OutgoingMail, sources: Sources): [string[], string][] {
  const hasBody = data.html !== undefined || data.text !== undefined;
  const found: [string[], string][] = [];
  if (data.template !== undefined) {
    if (hasBody) found.push([['template'], 'cannot be combined with html or text']);
  } else {
    if (!hasBody) found.push([[], 'needs a template, html or text']);
    if (data.variables !== undefined) found.push([['variables'], 'can only be used with a template']);
  }
  const subject = data.subject ?? sources.get(data.template ?? '')?.subject;
  if (subject === undefined) found.push([['subject'], 'is required']);
  if (everybody(data).length > MAX_RECIPIENTS) {
    found.push([[], `may have at most ${MAX_RECIPIENTS} recipients, including cc and bcc`]);
  }
  return found;
}

const namesOf = (sources: Sources): string[] =>
  [...sources.values()].flatMap((source) => (source.partial ? [] : [source.name])).sort();

function schemaWith<A extends z.ZodType>(sources: Sources, attachments: A) {
  const template = z.enum(namesOf(sources)).optional().describe(TEMPLATE);
  return Shape.extend({ template, attachments }).superRefine((data, check) => {
    for (const [path, message] of contradictions(data as OutgoingMail, sources)) {
      check.addIssue({ code: 'custom', path, params: { message } });
    }
  });
}

/** The schema of what many recipients get alike. */
export const letterOf = (sources: Sources) =>
  Shape.omit({ to: true, cc: true, bcc: true })
    .extend({ template: z.enum(namesOf(sources)).optional().describe(TEMPLATE) })
    .superRefine((letter, check) => {
      for (const [path, message] of contradictions({ to: [], ...letter }, sources)) {
        check.addIssue({ code: 'custom', path, params: { message } });
      }
    });

/** The schema of a job's data, given the templates that are there. */
export const emailData = (sources: Sources) =>
  schemaWith(sources, UploadAttachments.optional().describe('Files that come with the job, at most 10.'));

/** The schema of a mail that another plugin sends, and of a job's data. */
export const outgoingMail = (sources: Sources) => schemaWith(sources, AnyAttachments.optional());

/** The summary in lists: `welcome -> ada@example.com`. */
export function summary(data: EmailData): string {
  const list = everybody(data);
  const more = list.length > 1 ? ` and ${list.length - 1} more` : '';
  return `${data.template ?? data.subject ?? 'mail'} -> ${list[0] ?? ''}${more}`;
}

export const example: EmailData = {
  to: 'user@example.com',
  subject: 'Welcome to PhraseWorks',
  template: 'welcome',
  variables: { userName: 'John Doe' },
};
