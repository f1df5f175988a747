// The limits of types, as this process knows them: from the options of types, from plugins and from the configuration, whose numbers win. And
// the value of a job at a limit with `by`.
import { type Dispose, type FieldError, JobsError, type LimitRule } from '@phraseworks/sdk';
import { z } from 'zod';
import type { Limit, LimitKey } from '../../job/record.ts';
import { LimitName, LimitSchema, mistakesIn, type Settings } from '../../kernel/config.ts';
import { millisecondsOf } from '../../kernel/duration.ts';
import { invalid } from '../../kernel/errors.ts';
import { keyIn } from '../keys/unique.ts';

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
    if (errors.length > 0) throw invalid(errors, `defineLimit("${name}"): `);
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
      throw invalid([{ path: 'limit', message }], `registerProcessor("${type}"): `);
    };
    if (typeof option === 'string' && this.named(option) === null)
      refuse(`is unknown: define "${option}" in \`limits\` of the configuration, or with defineLimit() before`);
    if (typeof option === 'object' && this.named(type) !== null)
      refuse(`cannot be of this type alone: "${type}" is also the name of a limit that types share`);
  }
}

/** Of a rule without mistakes. */
const readRule = (name: string, { concurrency, rate, by }: z.output<typeof LimitSchema>): Limit => ({
  name,
  concurrency: concurrency ?? null,
  rate: rate ? { n: rate.n, per: millisecondsOf(rate.per) ?? 0 } : null,
  by: by ?? null,
});

/** Unlike the empty text, not that of the limit itself. */
const EMPTY = '""';

/** The value in stored data, as JSON text; that of empty text if it has none, since its type may have got the limit later. */
export function valueIn(limit: Limit, data: string): string {
  const found = limitedOf(limit, data, '');
  return 'value' in found ? found.value : EMPTY;
}

/** Of a job that is added, with its data as JSON text. */
export function limitedOf({ name, by }: Limit, data: string, base: string): LimitKey | FieldError {
  const found = keyIn([by ?? ''], data);
  if ('key' in found) return { name, value: found.key || EMPTY };
  return { path: `${base}data.${found.missing}`, message: `has no value, but the limit "${name}" counts by it` };
}
