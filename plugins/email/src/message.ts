// Composes a mail from job data: renders the template, adds the text part, and validates the result.
import { oneLine } from '@phraseworks/sdk';
import { z } from 'zod';
import { Address, NOT_AN_ADDRESS } from './address.ts';
import { type Attach, AttachmentShape, MAX_ATTACHMENTS } from './attachments.ts';
import { everybody, Line, listOf, MAX_RECIPIENTS, type OutgoingMail, outgoingMail } from './data.ts';
import { MailError } from './mail-error.ts';
import type { Renderer } from './renderer.ts';
import type { TemplateSource } from './template-source.ts';

/** Conversion time grows with the square of the depth and blocks the process. */
const MOST_DEPTH = 200;
const MOST_ELEMENTS = 20_000;

/** Throws `MailError` `INVALID_MESSAGE` for more elements than any letter has. */
export async function textOf(html: string): Promise<string> {
  const [{ convert }, { Parser }] = await Promise.all([import('html-to-text'), import('htmlparser2')]);
  let [depth, elements] = [0, 0];
  // Use the converter's own parser, so that both see the same depth.
  const parser = new Parser({
    onopentag() {
      depth += 1;
      elements += 1;
      if (depth > MOST_DEPTH || elements > MOST_ELEMENTS) throw tooMuch();
    },
    onclosetag() {
      depth -= 1;
    },
  });
  parser.end(html);
  return convert(html, {
    wordwrap: 78,
    selectors: [
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
      { selector: 'img', format: 'skip' },
      // Mail clients show it beside the subject; the text repeats it.
      { selector: '.preheader', format: 'skip' },
      { selector: 'h1', options: { uppercase: false } },
      { selector: 'h2', options: { uppercase: false } },
    ],
  });
}

const tooMuch = (): MailError =>
  new MailError(
    'INVALID_MESSAGE',
    `the HTML has more than ${MOST_ELEMENTS} elements, or nests them more than ${MOST_DEPTH} deep: no text is made from it; set text beside it, or make it smaller`,
  );

const Addresses = z.array(Address).max(MAX_RECIPIENTS);

const Message = z
  .strictObject({
    from: Address,
    fromName: Line.optional(),
    to: Addresses.min(1),
    cc: Addresses,
    bcc: Addresses,
    replyTo: Address.optional(),
    subject: Line,
    html: z.string().min(1).max(1_000_000).optional(),
    text: z.string().max(1_000_000),
    attachments: z.array(AttachmentShape).max(MAX_ATTACHMENTS),
    category: z.enum(['transactional', 'bulk']),
  })
  .refine((message) => everybody(message).length <= MAX_RECIPIENTS, { path: ['to'] });

/** What the filter `email:message` receives and may change. */
export type EmailMessage = z.output<typeof Message>;

declare module '@phraseworks/sdk' {
  interface Filters {
    /** Each mail before it is sent, once per attempt; `throw new Veto('reason')` keeps it from being sent. `id`: of the job. */
    'email:message': [EmailMessage, { id: string }];
  }
}

const ADDRESSES = ['from', 'to', 'cc', 'bcc', 'replyTo'];

/** Throws `INVALID_EMAIL` when an address is the reason, else `INVALID_MESSAGE`; names the fields, never their values. */
function check<O>(schema: z.ZodType<O>, value: unknown): O {
  const outcome = schema.safeParse(value);
  if (outcome.success) return outcome.data;
  const fields = new Set(outcome.error.issues.map((issue) => String(issue.path[0] ?? 'the message')));
  const bad = ADDRESSES.find((field) => fields.has(field));
  if (bad !== undefined) throw new MailError('INVALID_EMAIL', `${bad} ${NOT_AN_ADDRESS}`);
  throw new MailError('INVALID_MESSAGE', `the mail is not valid: check ${[...fields].join(', ')}`);
}

/** Validates a message after the filters. */
export const checkMessage = (message: unknown): EmailMessage => check<EmailMessage>(Message, message);

/** Throws `MailError`. */
export type Compose = (data: OutgoingMail) => Promise<EmailMessage>;

export interface ComposerParts {
  sender: { from: string; fromName?: string | undefined };
  sources: ReadonlyMap<string, TemplateSource>;
  renderer: Renderer;
  attach: Attach;
  /** Available in every template. */
  variables?: Record<string, unknown>;
  /** The placeholder for each recipient's link in bulk mail. */
  mark?: string | undefined;
}

/** In HTML and text that do not come from a template. */
const OWN_LINK = '{{unsubscribeUrl}}';

export function createCompose(parts: ComposerParts): Compose {
  const { sender, sources, renderer, attach, mark } = parts;
  const schema = outgoingMail(sources);

  async function bodyOf(data: OutgoingMail, bulk: boolean) {
    if (data.template !== undefined) {
      const own = bulk && mark !== undefined ? { unsubscribeUrl: mark } : {};
      return renderer.render(data.template, { ...parts.variables, ...data.variables, ...own });
    }
    const linked = (text: string | null | undefined) =>
      bulk ? text?.replaceAll(OWN_LINK, mark ?? '') : (text ?? undefined);
    return { subject: undefined, html: linked(data.html), text: linked(data.text) };
  }

  return async (input) => {
    const data = check<OutgoingMail>(schema, input);
    const category = data.category ?? 'transactional';
    const body = await bodyOf(data, category === 'bulk');
    return checkMessage({
      from: sender.from,
      fromName: sender.fromName,
      to: listOf(data.to),
      cc: listOf(data.cc),
      bcc: listOf(data.bcc),
      replyTo: data.replyTo,
      subject: data.subject ?? oneLine(body.subject ?? '').slice(0, 250),
      html: body.html,
      text: body.text ?? (body.html === undefined ? '' : await textOf(body.html)),
      attachments: await attach(data.attachments ?? []),
      category,
    });
  };
}
