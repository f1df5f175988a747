// Parses the webhook events of mail providers into one format.
import { z } from 'zod';
import { Address } from './address.ts';

export interface Feedback {
  /** `bounced`: it came back; `complained`: the recipient calls it spam; `unsubscribed`: at the provider. */
  event: 'bounced' | 'complained' | 'unsubscribed';
  address: string;
  /** Our Message-ID, if the provider returns it. */
  messageId: string | undefined;
  /** The address cannot receive mail. */
  permanent: boolean;
  response: string;
}

/** Null if the body does not have the expected shape. Skips irrelevant events. */
export type ReadFeedback = (body: object) => Feedback[] | null;

const MAX_EVENTS = 1_000;
const Text = z.string().max(4_000);

const Generic = z.object({
  event: z.enum(['bounced', 'complained', 'unsubscribed']),
  address: Address,
  messageId: z.string().max(400).optional(),
  permanent: z.boolean().default(true),
  response: Text.default(''),
});

const readGeneric: ReadFeedback = (body) => {
  const list = z
    .array(Generic)
    .max(MAX_EVENTS)
    .safeParse(Array.isArray(body) ? body : [body]);
  return list.success ? list.data.map((one) => ({ messageId: undefined, ...one })) : null;
};

const Postmark = z.object({
  RecordType: z.string().max(50).default('Bounce'),
  Type: z.string().max(50).optional(),
  Email: Address.optional(),
  Recipient: Address.optional(),
  Description: Text.default(''),
  Details: Text.default(''),
  Inactive: z.boolean().default(false),
  SuppressSending: z.boolean().default(false),
});

const POSTMARK_FINAL: ReadonlySet<string> = new Set(['HardBounce', 'BadEmailAddress', 'ManuallyDeactivated']);
const POSTMARK_PASSING: ReadonlySet<string> = new Set(['Transient', 'AutoResponder', 'Subscribe', 'AddressChange']);

const readPostmark: ReadFeedback = (body) => {
  const parsed = Postmark.safeParse(body);
  if (!parsed.success) return null;
  const { RecordType, Type = '', Email, Recipient, Description, Details, Inactive, SuppressSending } = parsed.data;
  const address = Email ?? Recipient;
  if (address === undefined) return null;
  const common = {
    address,
    // Postmark reports only its own message id.
    messageId: undefined,
    response: Details || Description,
    permanent: Inactive || POSTMARK_FINAL.has(Type),
  };
  if (RecordType === 'SpamComplaint' || Type === 'SpamComplaint') return [{ ...common, event: 'complained' }];
  if (RecordType === 'SubscriptionChange') return SuppressSending ? [{ ...common, event: 'unsubscribed' }] : [];
  if (Type === 'Unsubscribe') return [{ ...common, event: 'unsubscribed' }];
  if (RecordType !== 'Bounce' || POSTMARK_PASSING.has(Type)) return [];
  return [{ ...common, event: 'bounced' }];
};

const SendGrid = z
  .array(
    z.object({
      event: z.string().max(50),
      email: Address,
      type: z.string().max(50).optional(),
      reason: Text.default(''),
      status: z.string().max(50).default(''),
      'smtp-id': z.string().max(400).optional(),
    }),
  )
  .max(MAX_EVENTS);

const SENDGRID: Record<string, Feedback['event']> = {
  bounce: 'bounced',
  spamreport: 'complained',
  unsubscribe: 'unsubscribed',
  group_unsubscribe: 'unsubscribed',
};

const readSendGrid: ReadFeedback = (body) => {
  const parsed = SendGrid.safeParse(body);
  if (!parsed.success) return null;
  return parsed.data.flatMap(({ event: name, email, type, reason, status, 'smtp-id': messageId }) => {
    const event = SENDGRID[name];
    if (event === undefined) return [];
    // `blocked` rejects this mail, not the address.
    return [
      { event, address: email, messageId, permanent: type !== 'blocked', response: `${status} ${reason}`.trim() },
    ];
  });
};

/** By the last part of the route's address. */
export const SHAPES: Readonly<Record<string, ReadFeedback>> = {
  generic: readGeneric,
  postmark: readPostmark,
  sendgrid: readSendGrid,
};
