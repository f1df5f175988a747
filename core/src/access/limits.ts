// The service Limits: limits over all processes, with the rights of who asks.
import { JobsError, type LimitInfo, type Limits, type Who } from '@phraseworks/sdk';
import { LimitChange } from '@phraseworks/sdk/contract';
import { Needing } from '../kernel/container.ts';
import { readFields } from '../kernel/fields.ts';
import { Limits as AllLimits } from '../queue/limits/limits.ts';
import { TypeRegistry } from '../queue/registry.ts';
import { type Changed, LimitStore } from '../store/limit-store.ts';
import { actorOf } from './actor.ts';
import { Audit } from './audit.ts';

export class GuardedLimits extends Needing<typeof GuardedLimits.needs> implements Limits {
  static readonly needs = { all: AllLimits, registry: TypeRegistry, store: LimitStore, audit: Audit };

  async list(who: Who): Promise<LimitInfo[]> {
    await actorOf(who).require('view');
    return this.needs.all.list();
  }

  async change(who: Who, name: string, given: LimitChange): Promise<LimitInfo> {
    const change = readFields(LimitChange, given, 'change');
    const { closedUntil, ...numbers } = change;
    const entry = { action: 'changeLimit', detail: JSON.stringify(change) };
    return this.#change(who, name, entry, { numbers, opens: closedUntil === null });
  }

  reset(who: Who, name: string): Promise<LimitInfo> {
    return this.#change(who, name, { action: 'resetLimit' }, { numbers: null });
  }

  async #change(who: Who, name: string, entry: { action: string; detail?: string }, what: Changed): Promise<LimitInfo> {
    const { all, registry, store, audit } = this.needs;
    const actor = actorOf(who);
    await actor.require('administer');
    return audit.done(actor, { ...entry, target: name }, async () => {
      const limit = registry.limitNamed(name);
      if (limit) await store.change(limit, what);
      const info = await all.info(name);
      if (info) return info;
      throw new JobsError('NOT_FOUND', 'Unknown limit. GET api/limits lists the known limits.');
    });
  }
}
