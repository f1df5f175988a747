// The data and the result of a job of type `email`, and the check of the data at the door.
import { z } from 'zod';
import { Address, isAddress, NOT_AN_ADDRESS } from './address.ts';
import type { TemplateSource } from './template-source.ts';
import { NOT_PLAIN, plainVariables } from './variables.ts';

export const MAX_RECIPIENTS = 50;
const MAX_BODY = 500_000;
const ONE_LINE = /^\P{Cc}+$/u;

/** Give `template` (and its `variables`), or `html` and/or `text`. `subject` may be left out when the template brings one. */
export interface EmailData {
  /** One bare address or a list of at most 50; each gets a mail of its own. */
  to: string | string[];
  subject?: string | undefined;
  template?: string | undefined;
  variables?: Record<string, unknown> | undefined;
  html?: string | undefined;
  /** Made from the HTML when left out. */
  text?: string | undefined;
  replyTo?: string | undefined;
}

/** A recipient who did not get it, with the server's answer. */
export interface Refusal {
  to: string;
  response: string;
}

export interface EmailResult {
  /** Of the first recipient; each has one of its own: `<jobId.n@host>`. */
  messageId: string;
  accepted: string[];
  /** For good (5xx). */
  refused: Refusal[];
  /** For now (4xx), or not tried yet. */
  deferred: Refusal[];
  /** Where the mail can be read, below the mount point; only with the local mailbox. */
  mailbox?: string;
}

declare module '@phraseworks/sdk' {
  interface JobTypes {
    email: { data: EmailData; result: EmailResult };
  }
}

const AddressList = z.array(z.string()).meta({ minItems: 1, maxItems: MAX_RECIPIENTS });

// Counted here and not by zod, whose unions say only that nothing fits.
const Recipients = z.union([z.string(), AddressList]).superRefine((to, check) => {
  const wrong = (message: string, path: number[] = []) => check.addIssue({ code: 'custom', path, params: { message } });
  if (!Array.isArray(to)) {
    if (!isAddress(to)) wrong(NOT_AN_ADDRESS);
    return;
  }
  if (to.length < 1 || to.length > MAX_RECIPIENTS) return wrong(`must be 1 to ${MAX_RECIPIENTS} addresses`);
  for (const [index, address] of to.entries()) {
    if (!isAddress(address)) wrong(NOT_AN_ADDRESS, [index]);
  }
});

/** Headers and templates take one line: a line break in it could start a header of its own. */
export const Line = z.string().min(1).max(250).regex(ONE_LINE);
const Body = z.string().min(1).max(MAX_BODY);

const Shape = z.strictObject({
  to: Recipients,
  subject: Line.optional(),
  variables: z
    .record(z.string(), z.unknown())
    .refine((value) => plainVariables(value) !== null, { params: { message: NOT_PLAIN } })
    .optional(),
  html: Body.optional(),
  text: Body.optional(),
  replyTo: Address.optional(),
});

type Sources = ReadonlyMap<string, TemplateSource>;

/** What is wrong across fields: path, then our words. */
function contradictions(data: EmailData, sources: Sources): [string[], string][] {
  const hasBody = data.html !== undefined || data.text !== undefined;
  const found: [string[], string][] = [];
  if (data.template !== undefined) {
    if (hasBody) found.push([['template'], 'cannot be combined with html or text']);
  } else {
    if (!hasBody) found.push([[], 'needs a template, html or text']);
    if (data.variables !== undefined) found.push([['variables'], 'go with a template only']);
  }
  const subject = data.subject ?? sources.get(data.template ?? '')?.subject;
  if (subject === undefined) found.push([['subject'], 'is required']);
  return found;
}

/** The schema of the data, given the templates that are there. */
export function emailData(sources: Sources) {
  const names = [...sources.values()].filter((source) => !source.partial).map((source) => source.name);
  return Shape.extend({ template: z.enum(names.sort()).optional() }).superRefine((data, check) => {
    for (const [path, message] of contradictions(data, sources)) {
      check.addIssue({ code: 'custom', path, params: { message } });
    }
  });
}

/** The one line a list shows: `welcome -> ada@example.com`. */
export function summary(data: EmailData): string {
  const list = Array.isArray(data.to) ? data.to : [data.to];
  const more = list.length > 1 ? ` and ${list.length - 1} more` : '';
  return `${data.template ?? data.subject ?? 'mail'} -> ${list[0] ?? ''}${more}`;
}

export const example: EmailData = {
  to: 'user@example.com',
  subject: 'Welcome to PhraseWorks',
  template: 'welcome',
  variables: { userName: 'John Doe' },
};
