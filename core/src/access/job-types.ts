// The service Types: what is known of each type, and whether who asks may add its jobs.
import type { OfferedType, TypeInfo, Types, Who } from '@phraseworks/sdk';
import { jsonSchemaOf } from '../kernel/json-schema.ts';
import { BULK_TYPE } from '../queue/bulk.ts';
import type { TypeRegistry } from '../queue/registry.ts';
import { actorOf } from './actor.ts';
import type { Adding } from './adding.ts';

export class GuardedTypes implements Types {
  readonly #needs: { registry: TypeRegistry; adding: Adding };

  constructor(needs: { registry: TypeRegistry; adding: Adding }) {
    this.#needs = needs;
  }

  async list(who: Who): Promise<OfferedType[]> {
    const actor = actorOf(who);
    await actor.require('view', 'some');
    const { registry, adding } = this.#needs;
    const offered = typesOf(registry).map(async (one) => ({ ...one, mayAdd: await adding.may(actor, one.type) }));
    return Promise.all(offered);
  }
}

/** Those that run here, and those whose plugin is off; by name, without that of bulk actions. */
export function typesOf(registry: TypeRegistry): TypeInfo[] {
  const names = new Set([...registry.list(), ...registry.owned()].map(({ type }) => type));
  names.delete(BULK_TYPE);
  return [...names].sort().map((type) => {
    const here = registry.get(type);
    const { timeout, maxRetries, retryDelay, concurrency, data, example } = here?.options ?? {};
    const reason = registry.parkReason(type);
    return {
      type,
      plugin: here ? here.plugin : (registry.ownerOf(type) ?? null),
      lane: registry.laneOf(type),
      state: reason ? 'parked' : 'ready',
      reason,
      timeout: timeout ?? null,
      maxRetries: maxRetries ?? null,
      retryDelay: retryDelay ?? null,
      concurrency: concurrency ?? null,
      access: registry.accessOf(type),
      schema: jsonSchemaOf(data),
      example: example ?? null,
    };
  });
}
