// Passes requests to the apps of running plugins. The caller has checked the rights.
import { type Block, JobsError, type Panel, type PanelInfo } from '@phraseworks/sdk';
import { Clock } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { blocksWithin } from '../queue/view.ts';
import type { CallVariables, Place } from './apps.ts';
import { pluginNotFound } from './plugin-host.ts';
import type { Running } from './running.ts';
import { Slots } from './slot.ts';

/** Milliseconds a panel may take. */
const PANEL_LIMIT = 5_000;

export interface PluginPlace extends Place {
  plugin: string;
  fetch(request: Request, variables: CallVariables): Promise<Response>;
}

interface OpenPanel extends PanelInfo {
  /** The right that a user needs to open it. */
  access: NonNullable<Panel['access']>;
  /** Throws `INTERNAL` if the panel failed. */
  blocks(page?: number): Promise<Block[]>;
}

export class PluginRoutes extends Needing<typeof PluginRoutes.needs> {
  static readonly needs = { slots: Slots, clock: Clock };

  /** The path is relative to the plugin. Throws `PLUGIN_NOT_FOUND`, `PLUGIN_OFF`, `NOT_FOUND` if it has no such route, `INTERNAL` if the route failed. */
  async dispatch(
    plugin: string,
    kind: 'routes' | 'public',
    request: Request,
    variables: CallVariables,
  ): Promise<Response> {
    return this.#on(plugin).apps.fetch(kind, request, variables);
  }

  /** Of running plugins, shortest path first. */
  places(kind: 'pages' | 'guarded'): PluginPlace[] {
    const all = this.#running().flatMap(({ name: plugin, apps }) =>
      apps.places(kind).map((place): PluginPlace => {
        const fetch: PluginPlace['fetch'] = (request, variables) => apps.fetch(kind, request, variables);
        return { ...place, plugin, fetch };
      }),
    );
    return all.sort((a, b) => a.at.length - b.at.length);
  }

  panels(): OpenPanel[] {
    return this.#running().flatMap((running) =>
      [...running.panels.values()].map((panel) => {
        const { id, title, access = 'view' } = panel;
        return { plugin: running.name, id, title, access, blocks: (page = 1) => this.#blocks(running, panel, page) };
      }),
    );
  }

  async #blocks({ api, charge }: Running, { id, data }: Panel, page: number): Promise<Block[]> {
    try {
      return await blocksWithin(this.needs.clock, PANEL_LIMIT, () => api.enter(async () => data({ page })));
    } catch (error) {
      charge(error, `panel "${id}"`);
      throw new JobsError('INTERNAL', 'The panel failed; see the server log.', { cause: error });
    }
  }

  #running(): Running[] {
    return [...this.needs.slots.values()].flatMap(({ running }) => running ?? []);
  }

  #on(plugin: string): Running {
    const slot = this.needs.slots.get(plugin);
    if (!slot) throw pluginNotFound();
    if (slot.running && slot.state === 'on') return slot.running;
    throw new JobsError(
      'PLUGIN_OFF',
      `The plugin "${slot.name}" is ${slot.state}${slot.said ? `: ${slot.said}` : ''}.`,
    );
  }
}
