// The start order of plugins: providers before dependants, otherwise as in the configuration.
import type { Slot } from './slot.ts';

/** Those that provide what the plugin needs, or can do without. */
function providersOf(slot: Slot, slots: readonly Slot[]): Slot[] {
  const wanted = new Set(Object.values(slot.loaded?.definition.needs ?? {}).map(({ key }) => key));
  return slots.filter(
    (other) => other !== slot && other.loaded?.definition.provides.some(({ key }) => wanted.has(key)),
  );
}

/** Each with those before it that it waits for. Plugins that need each other keep the configuration's order. */
export function startOrder(slots: readonly Slot[]): Map<Slot, Slot[]> {
  const order = new Map<Slot, Slot[]>();
  const open = new Set<Slot>();
  const visit = (slot: Slot): void => {
    if (open.has(slot)) return;
    open.add(slot);
    const providers = providersOf(slot, slots);
    for (const provider of providers) visit(provider);
    order.set(
      slot,
      providers.filter((provider) => order.has(provider)),
    );
  };
  for (const slot of slots) visit(slot);
  return order;
}
