// The service Limits: limits over all processes, with the rights of who asks.
import type { LimitChange, LimitInfo, Limits, Who } from '@phraseworks/sdk';
import type { Built } from '../kernel/container.ts';
import { anything, readFields, requireText } from '../kernel/fields.ts';
import { Limits as AllLimits } from '../queue/limits/limits.ts';
import { actorOf } from './actor.ts';
import { Audit } from './audit.ts';

const FIELDS = { concurrency: anything, rate: anything, closedUntil: anything };

export class GuardedLimits implements Limits {
  static readonly needs = { all: AllLimits, audit: Audit };
  readonly #needs;

  constructor(needs: Built<typeof GuardedLimits.needs>) {
    this.#needs = needs;
  }

  async list(who: Who): Promise<LimitInfo[]> {
    await actorOf(who).require('view');
    return this.#needs.all.list();
  }

  async change(who: Who, name: string, given: LimitChange): Promise<LimitInfo> {
    const change = readFields(given, 'change', FIELDS);
    const actor = actorOf(who);
    await actor.require('administer');
    requireText(name, 'name');
    const entry = { action: 'changeLimit', target: name, detail: JSON.stringify(change) };
    return this.#needs.audit.done(actor, entry, () => this.#needs.all.change(name, change));
  }

  async reset(who: Who, name: string): Promise<LimitInfo> {
    const actor = actorOf(who);
    await actor.require('administer');
    requireText(name, 'name');
    return this.#needs.audit.done(actor, { action: 'resetLimit', target: name }, () => this.#needs.all.reset(name));
  }
}
