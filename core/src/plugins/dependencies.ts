// Which running plugins depend on each other now.
import { circleOf } from './order.ts';
import type { Services } from './services.ts';
import type { Slot, Slots } from './slot.ts';

export class Dependencies {
  readonly #slots: Slots;
  readonly #services: Services;

  constructor(slots: Slots, services: Services) {
    this.#slots = slots;
    this.#services = services;
  }

  /** Plugins that require `provider`. */
  dependants(provider: Slot): Slot[] {
    return [...this.#slots.values()].filter((slot) => {
      const needs = Object.values(slot.loaded?.definition.needs ?? {});
      return (
        slot !== provider &&
        needs.some((token) => !token.optional && this.#services.providerOf(token) === provider.name)
      );
    });
  }

  /** Missing services of a plugin, in words. */
  missing(slot: Slot): string[] {
    return this.#services.missing(slot.loaded?.definition.needs ?? {}).map((token) => {
      const provider = [...this.#slots.values()].find((other) =>
        other.member?.provides.some(({ key }) => key === token.key),
      );
      return `needs ${token.id}${provider ? ` of the plugin "${provider.name}"` : ', which no known plugin provides'}`;
    });
  }

  /** `one -> two -> one` if a plugin depends on itself. */
  circle(slot: Slot): string | undefined {
    const members = [...this.#slots.values()].flatMap((other) => (other.wanted && other.member ? [other.member] : []));
    return circleOf(slot.name, members)?.join(' -> ');
  }

  /** While it is leaving, plugins that need it may not start. */
  setLeaving(provider: Slot, leaving: boolean): void {
    this.#services.setLeaving(provider.name, leaving);
  }
}
