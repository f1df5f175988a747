// Why an address is on the suppression list, and which mails that keeps from it.
import type { Category } from './data.ts';

export const REASONS = ['unsubscribed', 'complained', 'bounced', 'manual'] as const;
export type Reason = (typeof REASONS)[number];

/** What a person has had enough of is bulk mail; what cannot arrive, or must not, is not sent at all. */
export const STOPS: Record<Category, readonly Reason[]> = {
  bulk: REASONS,
  transactional: ['bounced', 'manual'],
};
