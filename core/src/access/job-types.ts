// The service Types: what is known of each type, and whether who asks may add its jobs.
import type { OfferedType, TypeInfo, Types, Who } from '@phraseworks/sdk';
import { Needing } from '../kernel/container.ts';
import { type HeldTypes, Holds } from '../queue/holds.ts';
import { TypeRegistry } from '../queue/registry.ts';
import { actorOf } from './actor.ts';
import { Adding } from './adding.ts';

export class GuardedTypes extends Needing<typeof GuardedTypes.needs> implements Types {
  static readonly needs = { registry: TypeRegistry, holds: Holds, adding: Adding };

  async list(who: Who): Promise<OfferedType[]> {
    const actor = actorOf(who);
    await actor.require('view', 'some');
    const { registry, holds, adding } = this.needs;
    const types = typesOf(registry, await holds.now());
    const offered = types.map(async (one) => ({ ...one, mayAdd: await adding.may(actor, one.type) }));
    return Promise.all(offered);
  }
}

export function typesOf(registry: TypeRegistry, { heldBy }: Pick<HeldTypes, 'heldBy'>): TypeInfo[] {
  return registry.names().map((type) => {
    const here = registry.get(type);
    const { timeout, maxRetries, retryDelay, concurrency, key, example } = here?.options ?? {};
    const reason = heldBy(type);
    return {
      type,
      plugin: here ? here.plugin : (registry.ownerOf(type) ?? null),
      state: reason ? 'parked' : 'ready',
      reason,
      timeout: timeout ?? null,
      maxRetries: maxRetries ?? null,
      retryDelay: retryDelay ?? null,
      concurrency: concurrency ?? null,
      keyed: key !== undefined,
      retention: registry.retentionOf(type),
      access: registry.accessOf(type),
      schema: registry.schemaOf(type) ?? null,
      example: example ?? null,
    };
  });
}
