// Which plugin needs which, at this moment.
import { circleOf } from './order.ts';
import type { Services } from './services.ts';
import type { Slot } from './slot.ts';

export class NeedsBetween {
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #services: Services;

  constructor(slots: ReadonlyMap<string, Slot>, services: Services) {
    this.#slots = slots;
    this.#services = services;
  }

  /** Those that cannot be on without `provider`. */
  dependants(provider: Slot): Slot[] {
    return [...this.#slots.values()].filter((slot) => {
      const needs = Object.values(slot.loaded?.definition.needs ?? {});
      return (
        slot !== provider &&
        needs.some((token) => !token.optional && this.#services.providerOf(token) === provider.name)
      );
    });
  }

  /** What a plugin needs and no plugin provides, in words. */
  missing(slot: Slot): string[] {
    return this.#services.missing(slot.loaded?.definition.needs ?? {}).map((token) => {
      const provider = [...this.#slots.values()].find((other) =>
        other.member?.provides.some(({ key }) => key === token.key),
      );
      return `needs ${token.id}${provider ? ` of the plugin "${provider.name}"` : ', which no plugin here is known to provide'}`;
    });
  }

  /** `one -> two -> one` when a plugin needs itself in the end. */
  circle(slot: Slot): string | undefined {
    const members = [...this.#slots.values()].flatMap((other) => (other.wanted && other.member ? [other.member] : []));
    return circleOf(slot.name, members)?.join(' -> ');
  }
}
