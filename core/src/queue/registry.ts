// The types that run here, the owner of every known type, and which plugins are on.
import {
  type Access,
  type Dispose,
  JobsError,
  type Lazy,
  type ParkReason,
  type Processor,
  type ProcessorOptions,
} from '@phraseworks/sdk';
import { shortened } from '@phraseworks/sdk/secrets';
import type { RememberedOptions } from '../job/record.ts';
import type { ProcessorSettings } from '../kernel/config.ts';
import { hasPrivileged, jsonSchemaOf } from '../kernel/json-schema.ts';
import { oneLine } from '../kernel/logger.ts';

export const TYPE_NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/;

export interface RegisteredType {
  type: string;
  /** The plugin that owns it; null when the application registered it itself. */
  plugin: string | null;
  processor: Processor | Lazy<Processor>;
  options: ProcessorOptions;
  /** Runs `fn` inside the owner's scope, so that module-level functions find it. */
  enter: <R>(fn: () => R) => R;
  /** The plugin's position in the configuration, while the instance starts. */
  place?: number;
}

const APPLICATION_LANE = 'app';

/** Of the data of a type that declares no version. */
export const FIRST_VERSION = 1;

export class TypeRegistry {
  readonly #types = new Map<string, RegisteredType>();
  readonly #owners = new Map<string, string>();
  readonly #remembered = new Map<string, RememberedOptions>();
  readonly #plugins = new Map<string, 'on' | ParkReason>();
  readonly #listeners = new Set<() => void>();
  #onTaken: ((taken: RegisteredType, by: RegisteredType) => void) | null = null;
  #isPaused: ((type: string) => boolean) | null = null;
  /** Read at every claim; null after a change. */
  #lanes: Map<string, number> | null = null;
  readonly #site: Readonly<Record<string, ProcessorSettings>>;
  readonly #only: readonly string[] | undefined;

  /**
   * `site`: the configuration of a type, which overrides what the plugin registers.
   * `only`: the lanes that are claimed here, by default all; `image` also covers `image/resize`.
   */
  constructor(site: Readonly<Record<string, ProcessorSettings>> = {}, only?: readonly string[]) {
    this.#site = site;
    this.#only = only;
  }

  /**
   * The same owner may register again: the last processor counts. While the instance starts, a plugin takes a type from one that comes
   * later in the configuration. Throws `INVALID_DATA` for a bad name, `INVALID_STATE` if another owner has the type.
   */
  register(given: RegisteredType): Dispose {
    const entry: RegisteredType = { ...given, options: this.#withSite(given.type, given.options) };
    if (!TYPE_NAME.test(entry.type)) {
      throw new JobsError(
        'INVALID_DATA',
        'A type must start with a letter and contain only letters, digits and "_.:-", at most 100 characters.',
      );
    }
    const first = this.#types.get(entry.type);
    const isOther = first !== undefined && first.plugin !== entry.plugin;
    const takes = isOther && entry.place !== undefined && first.place !== undefined && entry.place < first.place;
    if (isOther && !takes) {
      throw new JobsError(
        'INVALID_STATE',
        `The type "${entry.type}" belongs to ${first.plugin ? `the plugin "${first.plugin}"` : 'the application'}: ${entry.plugin ? `the plugin "${entry.plugin}"` : 'the application'} cannot register it as well.`,
      );
    }
    this.#types.set(entry.type, entry);
    if (entry.plugin !== null) this.setOwner(entry.type, entry.plugin, remembered(entry.options));
    this.#changed();
    if (takes) this.#onTaken?.(first, entry);
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

  /** A type with its own limit has its own lane, so that a full type never blocks claims of other types. */
  laneOf(type: string): string {
    const plugin = this.#types.get(type)?.plugin ?? this.#owners.get(type) ?? APPLICATION_LANE;
    const { lane, concurrency } = this.optionsOf(type);
    return lane ?? (concurrency === undefined ? plugin : `${plugin}/${type}`);
  }

  /** The lanes that can be claimed here, each with the smallest limit of its types. */
  lanes(): ReadonlyMap<string, number> {
    this.#lanes ??= this.#served();
    return this.#lanes;
  }

  #served(): Map<string, number> {
    const lanes = new Map<string, number>();
    for (const entry of this.#types.values()) {
      if (this.parkReason(entry.type)) continue;
      const lane = this.laneOf(entry.type);
      if (this.isLeftToOthers(lane)) continue;
      const limit = entry.options.concurrency ?? Number.POSITIVE_INFINITY;
      lanes.set(lane, Math.min(limit, lanes.get(lane) ?? Number.POSITIVE_INFINITY));
    }
    return lanes;
  }

  /** Is this a lane that only other processes claim from (`queue.lanes`)? */
  isLeftToOthers(lane: string): boolean {
    return this.#only?.every((name) => lane !== name && !lane.startsWith(`${name}/`)) ?? false;
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
  setOwner(type: string, plugin: string, options: RememberedOptions = {}): void {
    this.#owners.set(type, plugin);
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

  /** The site's configuration of a type overrides what its plugin says. */
  #withSite<O extends RememberedOptions>(type: string, options: O): O {
    return Object.hasOwn(this.#site, type) ? { ...options, ...(this.#site[type] as O) } : options;
  }

  /** The right that adding it over HTTP needs. A type that no process has registered with one requires `administer`. */
  accessOf(type: string): Access {
    const here = this.#types.get(type);
    return here ? (here.options.access ?? 'add') : (this.#remembered.get(type)?.access ?? 'administer');
  }

  ownerOf(type: string): string | undefined {
    return this.#types.get(type)?.plugin ?? this.#owners.get(type);
  }

  /** All types that a plugin is known to own. */
  owned(): { type: string; plugin: string }[] {
    return [...this.#owners].map(([type, plugin]) => ({ type, plugin }));
  }

  typesOf(plugin: string): string[] {
    return [...this.#owners].filter(([, owner]) => owner === plugin).map(([type]) => type);
  }

  /** `on`, or the reason why jobs of this plugin are parked. */
  setPlugin(plugin: string, state: 'on' | ParkReason): void {
    this.#plugins.set(plugin, state);
    this.#changed();
  }

  /** Why a job of this type cannot run now; null when it can. */
  parkReason(type: string): ParkReason | null {
    const entry = this.#types.get(type);
    const plugin = entry?.plugin ?? this.#owners.get(type);
    const state = plugin === undefined ? undefined : this.#plugins.get(plugin);
    if (state !== undefined && state !== 'on') return state;
    if (this.#isPaused?.(type)) return 'paused';
    return entry ? null : 'no_processor';
  }

  /** `isPaused`: which types are paused; null if none are. */
  setPaused(isPaused: ((type: string) => boolean) | null): void {
    this.#isPaused = isPaused;
    this.#changed();
  }

  /** Calls `listener` when a plugin takes a type from another one. */
  onTaken(listener: (taken: RegisteredType, by: RegisteredType) => void): void {
    this.#onTaken = listener;
  }

  onChange(listener: () => void): Dispose {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #changed(): void {
    this.#lanes = null;
    for (const listener of this.#listeners) listener();
  }
}

/** The options of a type that are remembered while its plugin is off. The schema is not, so any job may set privileged fields: require the right for them. */
export function remembered(options: RememberedOptions & Pick<ProcessorOptions, 'data'>): RememberedOptions {
  const { timeout, maxRetries, retryDelay, retryBackoff, concurrency, lane, onLost, version } = options;
  const { access: own = 'add' } = options;
  const access = own === 'add' && hasPrivileged(jsonSchemaOf(options.data)) ? 'operate' : own;
  // JSON leaves out undefined values, and so does the store.
  return {
    timeout,
    maxRetries,
    retryDelay,
    retryBackoff,
    concurrency,
    lane,
    onLost,
    access,
    version,
  } as RememberedOptions;
}
