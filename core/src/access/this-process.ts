// This process: what it is and does, as an operator sees it.
import type { Info } from '@phraseworks/sdk';
import { Settings } from '../kernel/config.ts';
import { Needing } from '../kernel/container.ts';
import { Identity } from '../kernel/identity.ts';
import { Slots } from '../plugins/slot.ts';
import { Dialect } from '../store/dialect.ts';
import { WriteHealth } from '../store/write-health.ts';

export class ThisProcess extends Needing<typeof ThisProcess.needs> {
  static readonly needs = {
    dialect: Dialect,
    identity: Identity,
    settings: Settings,
    storage: WriteHealth,
    slots: Slots,
  };
  /** From its start to its stop. */
  running = false;

  info(): Info {
    const { dialect, identity, settings, storage, slots } = this.needs;
    return {
      ...dialect.facts(),
      node: identity.node,
      roles: settings.roles,
      running: this.running,
      storage: storage.state,
      plugins: slots.states(),
    };
  }
}
