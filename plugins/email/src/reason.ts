// Reasons for suppression, and which categories of mail each blocks.
import type { Category } from './data.ts';

export const REASONS = ['unsubscribed', 'complained', 'bounced', 'manual'] as const;
export type Reason = (typeof REASONS)[number];

/** Unsubscribing and complaints block bulk mail; bounces and manual entries block all mail. */
export const STOPS: Record<Category, readonly Reason[]> = {
  bulk: REASONS,
  transactional: ['bounced', 'manual'],
};
