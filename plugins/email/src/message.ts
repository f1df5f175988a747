// From the data of a job to the mail that will be sent: the template rendered, the text part made, everything checked once more.
import { z } from 'zod';
import { Address, NOT_AN_ADDRESS } from './address.ts';
import type { EmailData } from './data.ts';
import { emailData, Line, MAX_RECIPIENTS } from './data.ts';
import { MailError } from './mail-error.ts';
import type { Renderer } from './renderer.ts';
import type { TemplateSource } from './template-source.ts';

/** What the filter `email:message` may look at and change. */
export interface EmailMessage {
  from: string;
  fromName?: string | undefined;
  to: string[];
  replyTo?: string | undefined;
  subject: string;
  html?: string | undefined;
  text: string;
}

declare module '@phraseworks/sdk' {
  interface Filters {
    /** Each mail before it is sent, once per attempt; `throw new Veto('reason')` keeps it from being sent. `id`: of the job. */
    'email:message': [EmailMessage, { id: string }];
  }
}

const Message = z.strictObject({
  from: Address,
  fromName: Line.optional(),
  to: z.array(Address).min(1).max(MAX_RECIPIENTS),
  replyTo: Address.optional(),
  subject: Line,
  html: z.string().min(1).max(1_000_000).optional(),
  text: z.string().max(1_000_000),
});

/** Throws `INVALID_EMAIL` when an address is the reason, else `INVALID_MESSAGE`; names the fields, never their values. */
function check<O>(schema: z.ZodType<O>, value: unknown): O {
  const outcome = schema.safeParse(value);
  if (outcome.success) return outcome.data;
  const fields = new Set(outcome.error.issues.map((issue) => String(issue.path[0] ?? 'the message')));
  const bad = ['from', 'to', 'replyTo'].find((field) => fields.has(field));
  if (bad !== undefined) throw new MailError('INVALID_EMAIL', `${bad} ${NOT_AN_ADDRESS}`);
  throw new MailError('INVALID_MESSAGE', `the mail is not valid: check ${[...fields].join(', ')}`);
}

/** A message after a filter had it in its hands. */
export const checkMessage = (message: unknown): EmailMessage => check<EmailMessage>(Message, message);

const oneLine = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 250);

async function textOf(html: string): Promise<string> {
  const { convert } = await import('html-to-text');
  return convert(html, {
    wordwrap: 78,
    selectors: [
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
      { selector: 'img', format: 'skip' },
      { selector: 'h1', options: { uppercase: false } },
      { selector: 'h2', options: { uppercase: false } },
    ],
  });
}

export interface Composer {
  /** Throws `MailError`. */
  compose(data: EmailData): Promise<EmailMessage>;
}

export function createComposer(
  sender: { from: string; fromName?: string | undefined },
  sources: ReadonlyMap<string, TemplateSource>,
  renderer: Renderer,
): Composer {
  const schema = emailData(sources);

  return {
    async compose(input) {
      const data = check<EmailData>(schema, input);
      const rendered =
        data.template === undefined ? undefined : await renderer.render(data.template, data.variables ?? {});
      const html = rendered?.html ?? data.html;
      const text = data.text ?? (html === undefined ? '' : await textOf(html));
      return checkMessage({
        from: sender.from,
        fromName: sender.fromName,
        to: Array.isArray(data.to) ? data.to : [data.to],
        replyTo: data.replyTo,
        subject: data.subject ?? oneLine(rendered?.subject ?? ''),
        html,
        text,
      });
    },
  };
}
