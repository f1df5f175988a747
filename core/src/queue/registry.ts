// The types that run here, the owner of every known type, and which plugins are on.
import {
  type Access,
  type Dispose,
  JobsError,
  type Lazy,
  type LimitRule,
  type ParkReason,
  type Processor,
  type ProcessorOptions,
  type Retention,
} from '@phraseworks/sdk';
import { shortened, withReferences } from '@phraseworks/sdk/secrets';
import { type Limit, REMEMBERED, type RememberedOptions } from '../job/record.ts';
import { Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Needing } from '../kernel/container.ts';
import { keptFor } from '../kernel/duration.ts';
import { jsonSchemaOf, type Node } from '../kernel/json-schema.ts';
import { oneLine } from '../kernel/logger.ts';
import { Signal } from '../kernel/signal.ts';
import type { PlannedType } from '../store/claim-choice.ts';
import type { StoredHolds, StoredPause } from '../store/holds.ts';
import { NamedLimits } from './limits/known.ts';

export interface RegisteredType {
  type: string;
  /** The plugin that owns it; null when the application registered it itself. */
  plugin: string | null;
  processor: Processor | Lazy<Processor>;
  options: ProcessorOptions;
  /** Runs `fn` inside the owner's scope, so that module-level functions find it. */
  enter: <R>(fn: () => R) => R;
}

export interface Claimable {
  types: readonly PlannedType[];
  /** The most jobs at once of each group of types. */
  limits: ReadonlyMap<string, number>;
}

/** Of the data of a type that declares no version. */
export const FIRST_VERSION = 1;

/** Reasons that every start and stop passes through. */
const PASSING: readonly ParkReason[] = ['plugin_waiting', 'no_processor'];

const NONE: ReadonlySet<string> = new Set();

export const covers = ({ kind, name }: StoredPause, type: string, owner: string | undefined): boolean =>
  name === (kind === 'type' ? type : owner);

export class TypeRegistry extends Needing<typeof TypeRegistry.needs> {
  static readonly needs = { settings: Settings, clock: Clock };
  readonly #types = new Map<string, RegisteredType>();
  readonly #owners = new Map<string, string>();
  readonly #remembered = new Map<string, RememberedOptions>();
  readonly #plugins = new Map<string, 'on' | ParkReason>();
  readonly changes = new Signal<void>();
  /** What holds types in every process, as this one last read it. */
  holds: StoredHolds = { number: 0, pauses: [], disabled: NONE, closed: NONE, linked: NONE };
  /** Types whose stored data does not fit the version here, with the error, and until when. */
  readonly #refused = new Map<string, { error: string; until: number }>();
  /** Read at every claim; null after a change. */
  #claimable: Claimable | null = null;
  /** Types that are held on purpose or by a failure, and since when the others are free again. */
  readonly #held = new Set<string>();
  readonly #freeSince = new Map<string, number>();
  readonly #named = new NamedLimits(this.needs.settings.limits);

  /** The same owner may register again: the last processor counts. Throws `INVALID_STATE` if another owner has the type, `INVALID_DATA` for a wrong limit. */
  register(given: RegisteredType): Dispose {
    const entry: RegisteredType = { ...given, options: this.#withSite(given.type, given.options) };
    const first = this.#types.get(entry.type);
    if (first && first.plugin !== entry.plugin) {
      throw new JobsError(
        'INVALID_STATE',
        `The type "${entry.type}" belongs to ${first.plugin ? `the plugin "${first.plugin}"` : 'the application'}: ${entry.plugin ? `the plugin "${entry.plugin}"` : 'the application'} cannot register it as well.`,
      );
    }
    this.#named.check(entry.type, entry.options.limit);
    this.#types.set(entry.type, entry);
    this.#refused.delete(entry.type);
    this.setOwner(entry.type, entry.plugin, remembered(entry.options));
    this.#changed();
    return () => {
      if (this.#types.get(entry.type) !== entry) return;
      this.#types.delete(entry.type);
      this.#changed();
    };
  }

  get(type: string): RegisteredType | undefined {
    return this.#types.get(type);
  }

  list(): RegisteredType[] {
    return [...this.#types.values()];
  }

  /** Throws `INVALID_DATA`, and `INVALID_STATE` if another plugin has defined it. */
  defineLimit(name: string, rule: LimitRule, owner: string): Dispose {
    const undo = this.#named.define(name, rule, owner);
    this.#changed();
    return () => {
      void undo();
      this.#changed();
    };
  }

  /** Its limit over all processes; one without numbers if only its jobs have closed it. */
  limitOfType(type: string): Limit | null {
    const { limit } = this.optionsOf(type);
    if (limit !== undefined) return this.#named.of(type, limit);
    return this.holds.closed.has(type) ? { name: type, concurrency: null, rate: null, by: null } : null;
  }

  /** One that types share, or of a type alone. */
  limitNamed(name: string): Limit | null {
    const own = this.#named.named(name) ?? this.limitOfType(name);
    return own?.name === name ? own : null;
  }

  /** The names of all limits that are known here. */
  limitNames(): string[] {
    const ofTypes = this.names().flatMap((type) => this.limitOfType(type)?.name ?? []);
    return [...new Set([...this.#named.names(), ...ofTypes])].sort();
  }

  /** Do jobs or batches wait for jobs of this type? */
  isLinked(type: string): boolean {
    return this.holds.linked.has(type);
  }

  /** The types that share its limit: those of its `lane`, or it alone; null if it has no limit. */
  groupOf(type: string): string | null {
    const { lane, concurrency } = this.optionsOf(type);
    return lane ?? (concurrency === undefined ? null : `type ${type}`);
  }

  /** The types that can be claimed here, each group with the smallest limit of its types. */
  claimable(): Claimable {
    this.#claimable ??= this.#toClaim();
    return this.#claimable;
  }

  /** The most jobs at once of a group of types. */
  limitOf(group: string | null): number {
    return (group === null ? undefined : this.claimable().limits.get(group)) ?? Number.POSITIVE_INFINITY;
  }

  #toClaim(): Claimable {
    const types: PlannedType[] = [];
    const limits = new Map<string, number>();
    for (const { type, plugin, options } of this.#types.values()) {
      if (this.heldHere(type) !== null || this.isLeftToOthers(type)) continue;
      const group = this.groupOf(type);
      types.push({ type, plugin, group, limit: this.limitOfType(type) });
      if (group === null) continue;
      const limit = options.concurrency ?? Number.POSITIVE_INFINITY;
      limits.set(group, Math.min(limit, limits.get(group) ?? Number.POSITIVE_INFINITY));
    }
    return { types, limits };
  }

  /** Do only other processes claim this type (`queue.only`)? */
  isLeftToOthers(type: string): boolean {
    const owner = this.ownerOf(type);
    return this.needs.settings.queue.only?.every((name) => name !== type && name !== owner) ?? false;
  }

  /** The summary of a job, at most 200 characters; null if its type has none or throws. */
  summaryOf(type: string, data: unknown): string | null {
    const entry = this.#types.get(type);
    const summary = entry?.options.summary;
    if (!entry || !summary) return null;
    try {
      const line: unknown = entry.enter(() => summary(data));
      if (!(line instanceof Promise)) return shortened(oneLine(String(line)), 200);
      // A list cannot wait for it.
      line.catch(() => {});
      return null;
    } catch {
      return null;
    }
  }

  /** Remembers the owner and the options of a type while its plugin is off. */
  setOwner(type: string, plugin: string | null, options: RememberedOptions = {}): void {
    if (plugin !== null) this.#owners.set(type, plugin);
    this.#remembered.set(type, this.#withSite(type, options));
  }

  /** Forgets the types of a plugin whose data was deleted. */
  forget(plugin: string): void {
    for (const type of this.typesOf(plugin)) {
      this.#owners.delete(type);
      this.#remembered.delete(type);
    }
    this.#changed();
  }

  /** The options of a type: while its plugin is off, those of its last registration; for an unknown type, only the site's. */
  optionsOf(type: string): RememberedOptions {
    return this.#types.get(type)?.options ?? this.#remembered.get(type) ?? this.#withSite(type, {});
  }

  /** How many milliseconds its jobs are kept after their end; null: for ever. */
  retentionOf(type: string): Record<keyof Retention, number | null> {
    const { retention: ofSite, retentionPeriod } = this.needs.settings.queue;
    const { retention: ofType } = this.optionsOf(type);
    const kept = (state: keyof Retention): number | null => {
      const ms = keptFor(ofType?.[state] ?? ofSite?.[state]);
      return ms === undefined ? retentionPeriod : ms;
    };
    return { completed: kept('completed'), failed: kept('failed'), cancelled: kept('cancelled') };
  }

  /** Of any type and state. */
  longestRetention(): number {
    const kept = ['', ...this.names()].flatMap((type) => Object.values(this.retentionOf(type)));
    return Math.max(...kept.map((ms) => ms ?? Number.POSITIVE_INFINITY));
  }

  /** The site's configuration of a type overrides what its plugin says. */
  #withSite<O extends RememberedOptions>(type: string, options: O): O {
    const { processors } = this.needs.settings;
    const site = Object.hasOwn(processors, type) ? (processors[type] as O) : undefined;
    if (!site) return options;
    const all = { ...options, ...site };
    return site.retention ? { ...all, retention: { ...options.retention, ...site.retention } } : all;
  }

  /** The right that adding it over HTTP needs. A type that no process has registered with one requires `administer`. */
  accessOf(type: string): Access {
    const here = this.#types.get(type);
    return here ? (here.options.access ?? 'add') : (this.#remembered.get(type)?.access ?? 'administer');
  }

  /** The schema of its data, also while its plugin is off or gone: it says what is secret. Undefined if nothing is known of the type. */
  schemaOf(type: string): Node | null | undefined {
    const here = this.#types.get(type);
    if (here) return jsonSchemaOf(here.options.data);
    const schema = this.#remembered.get(type)?.schema;
    return schema && withReferences(schema);
  }

  ownerOf(type: string): string | undefined {
    return this.#types.get(type)?.plugin ?? this.#owners.get(type);
  }

  /** All types that a plugin is known to own. */
  owned(): { type: string; plugin: string }[] {
    return [...this.#owners].map(([type, plugin]) => ({ type, plugin }));
  }

  /** Those that run here, and those whose plugin is off, sorted. */
  names(): string[] {
    return [...new Set([...this.list(), ...this.owned()].map(({ type }) => type))].sort();
  }

  typesOf(plugin: string): string[] {
    return [...this.#owners].filter(([, owner]) => owner === plugin).map(([type]) => type);
  }

  /** `on`, or the reason why this process runs no jobs of this plugin. */
  setPlugin(plugin: string, state: 'on' | ParkReason): void {
    this.#plugins.set(plugin, state);
    this.#changed();
  }

  /** Why this process does not claim a type; null if it does, unless it is left to others. */
  heldHere(type: string): ParkReason | null {
    const owner = this.ownerOf(type);
    if (this.pauseOf(type) !== null) return 'paused';
    if (owner !== undefined && this.holds.disabled.has(owner)) return 'plugin_disabled';
    const state = owner === undefined ? undefined : this.#plugins.get(owner);
    if (state !== undefined && state !== 'on') return state;
    if (!this.#types.has(type)) return 'no_processor';
    return this.#refused.has(type) ? 'data_version' : null;
  }

  setHolds(holds: StoredHolds): void {
    this.holds = holds;
    this.#changed();
  }

  /** The oldest pause that holds this type, or null. */
  pauseOf(type: string): StoredPause | null {
    const owner = this.ownerOf(type);
    return this.holds.pauses.find((pause) => covers(pause, type, owner)) ?? null;
  }

  /** Stops claiming a type whose stored data does not fit the version here, until it is registered again or for a time. */
  refuse(type: string, error: string, until = Number.POSITIVE_INFINITY): void {
    this.#refused.set(type, { error, until });
    this.#changed();
  }

  /** Tries refused types again whose time is up; all by default: what did not fit may be gone. */
  readmit(now = Number.POSITIVE_INFINITY): void {
    for (const [type, { until }] of this.#refused)
      if (until <= now) {
        this.#refused.delete(type);
        this.#changed();
      }
  }

  /** The refused types and their errors. */
  refused(): Record<string, string> {
    return Object.fromEntries([...this.#refused].map(([type, { error }]) => [type, error]));
  }

  /** Since when a type is free again after it was held here; time before that is not waiting. */
  freeSince(type: string): number {
    return this.#freeSince.get(type) ?? 0;
  }

  #noteHolds(): void {
    for (const type of new Set([...this.#types.keys(), ...this.#owners.keys()])) {
      const reason = this.heldHere(type);
      // A plugin that starts is no hold: its jobs wait.
      if (reason === null && this.#held.delete(type)) this.#freeSince.set(type, this.needs.clock.now());
      else if (reason !== null && !PASSING.includes(reason)) this.#held.add(type);
    }
  }

  #changed(): void {
    this.#claimable = null;
    this.#noteHolds();
    this.changes.emit();
  }
}

/** The options of a type that are remembered while its plugin is off. */
export function remembered(options: Pick<ProcessorOptions, (typeof REMEMBERED)[number] | 'data'>): RememberedOptions {
  const { access = 'add' } = options;
  // JSON leaves out undefined values, and so does the store.
  const own = Object.fromEntries(REMEMBERED.map((name) => [name, options[name]]));
  return { ...own, access, schema: jsonSchemaOf(options.data) };
}
