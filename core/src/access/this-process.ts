// This process: what it is and does, as an operator sees it.
import type { Info } from '@phraseworks/sdk';
import type { Settings } from '../kernel/config.ts';
import type { Identity } from '../kernel/identity.ts';
import type { Slots } from '../plugins/slot.ts';
import type { Dialect } from '../store/dialect.ts';
import type { WriteHealth } from '../store/write-health.ts';

interface ThisProcessNeeds {
  dialect: Dialect;
  identity: Identity;
  settings: Settings;
  storage: WriteHealth;
  slots: Slots;
}

export class ThisProcess {
  /** From its start to its stop. */
  running = false;
  readonly #needs: ThisProcessNeeds;

  constructor(needs: ThisProcessNeeds) {
    this.#needs = needs;
  }

  info(): Info {
    const { dialect, identity, settings, storage, slots } = this.#needs;
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
