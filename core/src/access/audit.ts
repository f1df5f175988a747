// The audit log: what callers changed.
import type { Actor, AuditLog, Who } from '@phraseworks/sdk';
import type { LogPage } from '@phraseworks/sdk/client';
import type { LogQuery } from '@phraseworks/sdk/contract';
import { Needing } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import { Dialect } from '../store/dialect.ts';
import { type AuditEntry, LogStore } from '../store/log-store.ts';
import { actorOf, type Caller } from './actor.ts';

type Entry = Omit<AuditEntry, 'user'>;

export class Audit extends Needing<typeof Audit.needs> implements AuditLog {
  static readonly needs = { store: LogStore, dialect: Dialect, log: Log };

  async list(who: Who, page: LogQuery = {}): Promise<LogPage> {
    await actorOf(who).require('administer');
    return this.needs.store.list(page);
  }

  /** A failure here does not undo the action, and the server's log has the same line. */
  async add(actor: Actor, entry: Entry): Promise<void> {
    const { store, log } = this.needs;
    const { action, target, detail } = entry;
    const { user } = actor;
    const words = [action, target, detail ?? ''].filter((word) => word !== '').join(' ');
    log.info(`${words} by ${user ?? 'an unnamed user'}`);
    try {
      await store.add({ user: user ?? null, ...entry });
    } catch (error) {
      log.warn(`Cannot write the audit log: ${messageOf(error)}`);
    }
  }

  /** Does the work, and writes down who has done it, unless it was a program of the site. Throws `INVALID_STATE` inside a transaction. */
  async done<T>(actor: Caller, entry: Entry, work: () => Promise<T>): Promise<T> {
    this.needs.dialect.inside.refuse(`${entry.action}() was called`);
    const result = await work();
    if (actor.isAudited) await this.add(actor, entry);
    return result;
  }
}
