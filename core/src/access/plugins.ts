// The service Plugins: plugins, their settings and panels, with the rights of who asks.
import {
  type Block,
  type DisableOptions,
  JobsError,
  type PanelInfo,
  type PluginSettings,
  type PluginState,
  type PluginStatus,
  type Plugins,
  type Purged,
  type RemovedPlugin,
  type Who,
} from '@phraseworks/sdk';
import { Needing } from '../kernel/container.ts';
import { PluginHost } from '../plugins/plugin-host.ts';
import { Purge } from '../plugins/purge.ts';
import { PluginRoutes } from '../plugins/routes.ts';
import { actorOf } from './actor.ts';
import { Audit } from './audit.ts';
import { Shown } from './shown.ts';

export class GuardedPlugins extends Needing<typeof GuardedPlugins.needs> implements Plugins {
  static readonly needs = {
    host: PluginHost,
    purge: Purge,
    routes: PluginRoutes,
    shown: Shown,
    audit: Audit,
  };

  async list(who: Who): Promise<PluginStatus[]> {
    await actorOf(who).require('view', 'some');
    return this.needs.host.list();
  }

  async removed(who: Who): Promise<RemovedPlugin[]> {
    await actorOf(who).require('administer');
    return this.needs.purge.removed();
  }

  enable(who: Who, name: string): Promise<PluginState> {
    return this.#change(who, 'enablePlugin', name, () => this.needs.host.setEnabled(name, true));
  }

  disable(who: Who, name: string, options?: DisableOptions): Promise<PluginState> {
    return this.#change(who, 'disablePlugin', name, () => this.needs.host.setEnabled(name, false, options));
  }

  async settings(who: Who, name: string): Promise<PluginSettings> {
    await actorOf(who).require('administer');
    return this.needs.host.settings(name);
  }

  configure(who: Who, name: string, config: unknown): Promise<PluginState> {
    return this.#change(who, 'configurePlugin', name, () => this.needs.host.configure(name, config));
  }

  purge(who: Who, name: string): Promise<Purged> {
    return this.#change(who, 'purgePlugin', name, () => this.needs.purge.purge(name));
  }

  async pages(who: Who): Promise<string[]> {
    await actorOf(who).require('view', 'some');
    return this.needs.routes.places('pages').map(({ at }) => at || '/');
  }

  async panels(who: Who): Promise<PanelInfo[]> {
    const actor = actorOf(who);
    await actor.require('view', 'some');
    if (!(await actor.may('view'))) return [];
    const open: PanelInfo[] = [];
    for (const { plugin, id, title, access } of this.needs.routes.panels())
      if (await actor.may(access)) open.push({ plugin, id, title });
    return open;
  }

  async panel(who: Who, plugin: string, id: string, page?: number): Promise<PanelInfo & { blocks: Block[] }> {
    const { routes, shown } = this.needs;
    const actor = actorOf(who);
    await actor.require('view');
    const panel = routes.panels().find((one) => one.plugin === plugin && one.id === id);
    if (!panel) throw new JobsError('NOT_FOUND', 'Panel not found. api/panels lists the available panels.');
    await actor.require(panel.access);
    return { plugin, id, title: panel.title, blocks: await shown.about(actor, await panel.blocks(page)) };
  }

  async #change<T>(who: Who, action: string, name: string, work: () => Promise<T>): Promise<T> {
    const actor = actorOf(who);
    await actor.require('administer');
    return this.needs.audit.done(actor, { action, target: name }, work);
  }
}
