// What is known of each type: those that run here, and those whose plugin is off.
import type { TypeInfo } from '../host.ts';
import { jsonSchemaOf } from '../json-schema.ts';
import type { TypeRegistry } from './registry.ts';

export function typeInfos(registry: TypeRegistry): TypeInfo[] {
  const here = registry.list().map(({ type, plugin, options }): TypeInfo => {
    const reason = registry.parkReason(type);
    return {
      type,
      plugin,
      lane: registry.laneOf(type),
      state: reason ? 'parked' : 'ready',
      reason,
      timeout: options.timeout ?? null,
      maxRetries: options.maxRetries ?? null,
      retryDelay: options.retryDelay ?? null,
      concurrency: options.concurrency ?? null,
      access: registry.accessOf(type),
      schema: jsonSchemaOf(options.data),
      example: options.example ?? null,
    };
  });
  const known = new Set(here.map(({ type }) => type));
  const elsewhere = registry.owned().filter(({ type }) => !known.has(type));
  const off = elsewhere.map(({ type, plugin }): TypeInfo => {
    const reason = registry.parkReason(type);
    const lane = registry.laneOf(type);
    return {
      type,
      plugin,
      lane,
      state: 'parked',
      reason,
      timeout: null,
      maxRetries: null,
      retryDelay: null,
      concurrency: null,
      access: registry.accessOf(type),
      schema: null,
      example: null,
    };
  });
  return [...here, ...off].sort((a, b) => (a.type < b.type ? -1 : 1));
}
