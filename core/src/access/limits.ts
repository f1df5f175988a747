// The service Limits: limits over all processes, with the rights of who asks.
import type { LimitInfo, Limits, Who } from '@phraseworks/sdk';
import { LimitChange } from '@phraseworks/sdk/contract';
import { z } from 'zod';
import type { Built } from '../kernel/container.ts';
import { readFields } from '../kernel/fields.ts';
import { Limits as AllLimits } from '../queue/limits/limits.ts';
import { actorOf } from './actor.ts';
import { Audit } from './audit.ts';

const Name = z.string();

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
    const change = readFields(LimitChange, given, 'change');
    const actor = actorOf(who);
    await actor.require('administer');
    readFields(Name, name, 'name');
    const entry = { action: 'changeLimit', target: name, detail: JSON.stringify(change) };
    return this.#needs.audit.done(actor, entry, () => this.#needs.all.change(name, change));
  }

  async reset(who: Who, name: string): Promise<LimitInfo> {
    const actor = actorOf(who);
    await actor.require('administer');
    readFields(Name, name, 'name');
    return this.#needs.audit.done(actor, { action: 'resetLimit', target: name }, () => this.#needs.all.reset(name));
  }
}
