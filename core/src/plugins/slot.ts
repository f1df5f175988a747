// A configured plugin: its wanted state, its current state, and its last error.
import type { DisableOptions, PluginState } from '@phraseworks/sdk';
import { iso } from '../kernel/clock.ts';
import { type Env, pluginSettings } from '../kernel/env.ts';
import { type Places, PluginConfig, type Resolved } from './config.ts';
import { type PluginEntries, type PluginEntry, readEntries } from './entries.ts';
import type { Loaded } from './load.ts';
import type { Running } from './running.ts';

/** Running jobs have 30 s to finish. */
export const DRAIN: Required<DisableOptions> = { running: 'drain', timeout: 30_000 };

/** The plugins of one instance, in the order of the configuration. */
export class Slots extends Map<string, Slot> {
  /** Says of each plugin what other processes should do with it, not what this one does. */
  readonly isIdle: boolean;

  /** Throws one `INVALID_CONFIG` that lists all errors in `plugins` of the configuration. */
  constructor(entries: PluginEntries, env: Env, isIdle = false) {
    super();
    this.isIdle = isIdle;
    for (const [name, entry] of readEntries(entries)) this.set(name, new Slot(name, this.size, entry, env));
  }

  readonly #turns = new Map<string, Promise<unknown>>();

  /** Runs the changes of one plugin one after the other. */
  inTurn<T>(plugin: string, change: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(plugin) ?? Promise.resolve()).then(change);
    this.#turns.set(
      plugin,
      turn.catch(() => {}),
    );
    return turn;
  }

  states(): Record<string, PluginState> {
    return Object.fromEntries([...this.values()].map((slot) => [slot.name, this.stateOf(slot)]));
  }

  /** What those that failed say. */
  failures(): Record<string, string> {
    const failed = [...this.values()].filter(({ state }) => state === 'failed');
    return Object.fromEntries(failed.map((slot) => [slot.name, slot.said ?? '']));
  }

  stateOf({ state, wanted }: Slot): PluginState {
    if (!this.isIdle) return state;
    return wanted ? 'on' : 'off';
  }
}

export class Slot {
  readonly name: string;
  /** Its position in the configuration. */
  readonly place: number;
  readonly entry: PluginEntry;
  readonly #env: Env;

  /** What an administrator has stored: whether it is on. Null: as configured. */
  flag: boolean | null = null;
  /** Retry it although it failed; set only on request. */
  again = false;
  /** How often in a row it was to be tried again, when it is, and what ends the pause before. */
  delays = 0;
  nextTry: number | null = null;
  cancelRetry: () => void = () => {};
  /** Restart it for a new config. */
  restart = false;
  /** How to end its running jobs. */
  options: Required<DisableOptions> = DRAIN;
  /** Stored config, and one that is tried before it is stored. */
  stored: unknown;
  tried: { config: unknown } | null = null;

  state: PluginState = 'off';
  reason: string | null = null;
  since = 0;
  loaded: Loaded | undefined;
  running: Running | undefined;
  initMs: number | null = null;
  hookErrors = 0;
  lastError: string | null = null;
  #config: PluginConfig | undefined;

  constructor(name: string, place: number, entry: PluginEntry, env: Env) {
    this.name = name;
    this.place = place;
    this.entry = entry;
    this.#env = env;
  }

  /** Only the configuration switches it, not an administrator. */
  get alwaysOn(): boolean {
    if (this.loaded) return this.loaded.definition.alwaysOn;
    const { use } = this.entry;
    return typeof use === 'object' && 'alwaysOn' in use && use.alwaysOn === true;
  }

  get wanted(): boolean {
    return (this.alwaysOn ? null : this.flag) ?? this.entry.enabled ?? true;
  }

  /** Why it is in its state, and when it is tried again. */
  get said(): string | null {
    return this.nextTry === null ? this.reason : `${this.reason}; it is tried again at ${iso(this.nextTry)}`;
  }

  /** Why it is not wanted. */
  get why(): string {
    return this.flag === false ? 'disabled' : 'disabled in the configuration';
  }

  get places(): Places {
    const stored = this.tried ? this.tried.config : this.stored;
    return { file: this.entry.config, stored, env: pluginSettings(this.#env, this.name) };
  }

  /** Undefined until its code is loaded. */
  get config(): PluginConfig | undefined {
    if (this.loaded)
      this.#config ??= new PluginConfig(this.name, this.loaded.definition.config, this.loaded.definition.fileOnly);
    return this.#config;
  }

  async resolveConfig(): Promise<Resolved> {
    return (await this.config?.resolve(this.places)) ?? { ok: true, value: {} };
  }
}
