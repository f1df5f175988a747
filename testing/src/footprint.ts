// What plugins have registered: a plugin that is switched off leaves nothing behind.
import { type Assembled, type Footprint, KINDS } from '@phraseworks/jobs/internals/site';

const empty = (): Footprint => Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Footprint;

export interface Footprints {
  plugins: Record<string, Footprint>;
  /** For all plugins together. */
  total: Footprint;
}

/** Counts the entries of all scopes. Services that outlived their scope appear in the total only. */
export function footprintOf({
  slots,
  services,
}: Pick<Assembled['internals']['site'], 'slots' | 'services'>): Footprints {
  const plugins: [string, Footprint][] = [...slots.values()].map((slot) => [
    slot.name,
    slot.running?.scope.footprint() ?? empty(),
  ]);
  const total = empty();
  for (const [, own] of plugins) for (const kind of KINDS) total[kind] += own[kind];
  total.services = Math.max(total.services, services.size);
  return { plugins: Object.fromEntries(plugins), total };
}
