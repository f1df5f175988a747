// The service Batches: batches with the rights of who asks.
import {
  type Batches,
  type BatchInfo,
  type BatchPage,
  fits,
  type JobPage,
  type Where,
  type Who,
} from '@phraseworks/sdk';
import { Needing } from '../kernel/container.ts';
import { JobQueries } from '../queue/job-queries.ts';
import { Batches as AllBatches, notThere } from '../queue/links/batches.ts';
import { BatchStore } from '../store/links/batches.ts';
import { actorOf, type Caller } from './actor.ts';
import { Audit } from './audit.ts';
import { Reach } from './reach.ts';
import { Shown } from './shown.ts';

const PAGE = 50;

export class GuardedBatches extends Needing<typeof GuardedBatches.needs> implements Batches {
  static readonly needs = {
    all: AllBatches,
    store: BatchStore,
    queries: JobQueries,
    reach: Reach,
    shown: Shown,
    audit: Audit,
  };

  async list(who: Who, { limit = PAGE, cursor }: { limit?: number; cursor?: string } = {}): Promise<BatchPage> {
    const actor = actorOf(who);
    const { where } = await actor.require('view', 'some');
    const found = await this.needs.all.list({ before: cursor, limit });
    const batches = await this.needs.shown.about(actor, found.filter(covered(where)));
    return { batches, nextCursor: found.length < limit ? null : (found.at(-1)?.id ?? null) };
  }

  async get(who: Who, id: string): Promise<BatchInfo> {
    const actor = actorOf(who);
    return this.needs.shown.about(actor, await this.#find(actor, id));
  }

  async jobs(
    who: Who,
    id: string,
    { status, limit = PAGE, cursor = '' }: Parameters<Batches['jobs']>[2] & object = {},
  ): Promise<JobPage> {
    const { store, queries, shown } = this.needs;
    const actor = actorOf(who);
    await this.#find(actor, id);
    const { where } = await actor.require('view', 'some');
    const ids = await store.members(id, status === 'open' ? null : status, cursor, limit);
    const jobs = await shown.all(actor, await queries.these(ids, where));
    jobs.sort((a, b) => (a.id < b.id ? -1 : 1));
    return { jobs, nextCursor: ids.length < limit ? null : (ids.at(-1) ?? null), capped: false };
  }

  cancel(who: Who, id: string): Promise<BatchInfo> {
    return this.#begin(who, id, 'cancel');
  }

  retry(who: Who, id: string): Promise<BatchInfo> {
    return this.#begin(who, id, 'retry');
  }

  async #begin(who: Who, id: string, is: 'cancel' | 'retry'): Promise<BatchInfo> {
    const actor = actorOf(who);
    await actor.require('operate');
    await this.#find(actor, id);
    await this.needs.reach.check(actor, is, id);
    return this.needs.audit.done(actor, { action: `${is}Batch`, target: id }, async () => {
      await this.needs.all.begin(id, is, actor.user ?? null);
      return this.#find(actor, id);
    });
  }

  async #find(actor: Caller, id: string): Promise<BatchInfo> {
    const { where } = await actor.require('view', 'some');
    const [batch] = await this.needs.all.list({ id });
    if (batch && covered(where)(batch)) return batch;
    throw notThere();
  }
}

const covered =
  (where: Where | undefined) =>
  ({ plugin, data }: BatchInfo): boolean =>
    !where || fits(where, { plugin, data });
