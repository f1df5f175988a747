// Who did what: the services write down every change that a caller makes.
import type { Actor, Who } from '../access.ts';
import type { LogPage } from '../answers.ts';
import { token } from '../token.ts';

/** A service of the core: `needs: { audit: AuditLog }`. Entries are kept for 90 days. */
export interface AuditLog {
  /** Newest first; `limit` is 50 by default; `before`: only entries older than this id. Needs `administer`. */
  list(who: Who, page?: { limit?: number; before?: number }): Promise<LogPage>;
  /** What a caller did beside what the services write down themselves. Never throws. */
  add(actor: Actor, entry: { action: string; target: string; detail?: string | null }): Promise<void>;
}
export const AuditLog = token<AuditLog>('core/audit-log');
