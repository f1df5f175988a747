// The service Pauses: paused types and plugins, with the rights of who asks.
import { JobsError, type PauseInfo, type Pauses, type Subject, type Who } from '@phraseworks/sdk';
import { NewPause } from '@phraseworks/sdk/contract';
import { z } from 'zod';
import { Needing } from '../kernel/container.ts';
import { readFields } from '../kernel/fields.ts';
import { Holds } from '../queue/holds.ts';
import { TypeRegistry } from '../queue/registry.ts';
import { actorOf, type Caller } from './actor.ts';
import { Adding } from './adding.ts';
import { Audit } from './audit.ts';

export class GuardedPauses extends Needing<typeof GuardedPauses.needs> implements Pauses {
  static readonly needs = { holds: Holds, registry: TypeRegistry, adding: Adding, audit: Audit };

  async list(who: Who): Promise<PauseInfo[]> {
    await actorOf(who).require('view', 'some');
    return this.needs.holds.listPauses();
  }

  async pause(who: Who, given: NewPause): Promise<PauseInfo> {
    const pause = readFields(NewPause, given, 'pause');
    const { kind, name } = pause;
    const actor = await this.#require(who, kind, name);
    return this.needs.audit.done(actor, { action: 'pause', target: `${kind}/${name}` }, () =>
      this.needs.holds.pause({ ...pause, by: actor.user ?? null }),
    );
  }

  async resume(who: Who, kind: PauseInfo['kind'], name: string): Promise<void> {
    const actor = await this.#require(who, kind, name);
    if (kind !== 'plugin' && kind !== 'type')
      throw new JobsError(
        'NOT_FOUND',
        'Not found: only types and plugins can be paused. api/pauses lists the current pauses.',
      );
    readFields(z.string(), name, 'name');
    await this.needs.audit.done(actor, { action: 'resume', target: `${kind}/${name}` }, () =>
      this.needs.holds.resume(kind, name),
    );
  }

  /** Asks for each type that it holds. */
  async #require(who: Who, kind: string, name: string): Promise<Caller> {
    const actor = actorOf(who);
    for (const subject of this.#covered(kind, name)) await actor.require('operate', subject);
    return actor;
  }

  /** For a plugin without types, the whole site. */
  #covered(kind: string, name: string): Subject[] {
    const { registry, adding } = this.needs;
    if (kind === 'type') return [adding.subject({ type: name })];
    const own = registry.typesOf(name);
    return own.length === 0 ? [{}] : own.map((type) => ({ type, plugin: name }));
  }
}
