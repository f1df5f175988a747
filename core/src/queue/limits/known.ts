// The limits of types, as this process knows them: from the options of types, from plugins and from the configuration, whose numbers win.
import { type Dispose, JobsError, type LimitRule } from '@phraseworks/sdk';
import { errorText } from '@phraseworks/sdk/host';
import { z } from 'zod';
import type { Limit } from '../../job/limit.ts';
import { LimitName, LimitSchema, mistakesIn, type Settings } from '../../kernel/config.ts';
import { readRule } from './rule.ts';

type Option = string | LimitRule | undefined;

export class NamedLimits {
  readonly #site: ReadonlyMap<string, Settings['limits'][string]>;
  readonly #defined = new Map<string, { rule: LimitRule; owner: string }>();

  constructor(site: Settings['limits']) {
    this.#site = new Map(Object.entries(site));
  }

  /** Throws `INVALID_DATA` for a mistake, `INVALID_STATE` if another owner has it. */
  define(name: string, rule: LimitRule, owner: string): Dispose {
    const errors = mistakesIn(z.object({ name: LimitName, rule: LimitSchema }), { name, rule });
    if (errors.length > 0)
      throw new JobsError('INVALID_DATA', `defineLimit("${name}"): ${errors.map(errorText).join('; ')}`, { errors });
    const first = this.#defined.get(name);
    if (first && first.owner !== owner)
      throw new JobsError('INVALID_STATE', `The limit "${name}" belongs to the plugin "${first.owner}".`);
    const entry = { rule, owner };
    this.#defined.set(name, entry);
    return () => {
      if (this.#defined.get(name) === entry) this.#defined.delete(name);
    };
  }

  names(): string[] {
    return [...new Set([...this.#site.keys(), ...this.#defined.keys()])];
  }

  named(name: string): Limit | null {
    const site = this.#site.get(name);
    const rule = this.#defined.get(name)?.rule;
    if (rule === undefined && site === undefined) return null;
    return readRule(name, { ...(site ?? rule), by: site?.by ?? rule?.by });
  }

  /** The limit of a type with this option. */
  of(type: string, option: Option): Limit | null {
    if (option === undefined) return null;
    return typeof option === 'string' ? this.named(option) : readRule(type, option);
  }

  /** Throws `INVALID_DATA` if the option names a limit that is not there, or is one of its own with a name that others share. */
  check(type: string, option: Option): void {
    const refuse = (message: string): never => {
      throw new JobsError('INVALID_DATA', `registerProcessor("${type}"): limit ${message}`, {
        errors: [{ path: 'limit', message }],
      });
    };
    if (typeof option === 'string' && this.named(option) === null)
      refuse(`is unknown: define "${option}" in \`limits\` of the configuration, or with defineLimit() before`);
    if (typeof option === 'object' && this.named(type) !== null)
      refuse(`cannot be of this type alone: "${type}" is also the name of a limit that types share`);
  }
}
