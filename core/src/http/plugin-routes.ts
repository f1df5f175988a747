// The addresses of plugins, their settings and their panels.
import { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';
import type { DisableOptions } from '../host.ts';
import { type Guard, isAllowed } from './guard.ts';
import { ConfigBody, DisableBody } from './requests.ts';
import { type HttpDeps, type Route, route } from './route.ts';
import type { ShownJobs } from './shown-jobs.ts';

export function pluginRoutes({ host }: HttpDeps, guard: Guard, shown: ShownJobs): Route[] {
  const { plugins } = host;

  /** A panel may quote any job, so a caller who may see only some jobs needs to administer the plugin. */
  const seesPanels = async (c: Context, plugin: string): Promise<boolean> => {
    const { perJob } = await guard.limited(c, 'view');
    return (
      (await isAllowed(c, guard, 'view', { plugin })) && (!perJob || isAllowed(c, guard, 'administer', { plugin }))
    );
  };
  const theState = { status: 200, schema: 'PluginState', about: 'The state it is in now.' } as const;

  return [
    route(
      {
        id: 'listPlugins',
        method: 'get',
        path: '/api/plugins',
        group: 'Plugins',
        summary: 'List plugins with their state, what they registered and their parked jobs.',
        action: 'view',
        limited: true,
        answer: { status: 200, schema: 'Plugins', about: 'All plugins.' },
      },
      async () => ({ plugins: await plugins.list() }),
    ),
    route(
      {
        id: 'enablePlugin',
        method: 'post',
        path: '/api/plugins/:name/enable',
        group: 'Plugins',
        summary: 'Switch a plugin on, and keep it on over restarts.',
        action: 'administer',
        plugin: 'name',
        answer: theState,
        errors: ['PLUGIN_NOT_FOUND'],
      },
      async ({ param }) => ({ name: param('name'), state: await plugins.enable(param('name')) }),
    ),
    route(
      {
        id: 'disablePlugin',
        method: 'post',
        path: '/api/plugins/:name/disable',
        group: 'Plugins',
        summary: 'Switch a plugin off; its waiting jobs are parked.',
        action: 'administer',
        plugin: 'name',
        body: { name: 'Disable', form: () => DisableBody, optional: true },
        answer: theState,
        errors: ['PLUGIN_NOT_FOUND'],
      },
      async ({ param, body }) => ({
        name: param('name'),
        state: await plugins.disable(param('name'), body as DisableOptions | undefined),
      }),
    ),
    route(
      {
        id: 'getPluginConfig',
        method: 'get',
        path: '/api/plugins/:name/config',
        group: 'Plugins',
        summary: 'Get the settings of a plugin, secrets masked, and their schema; of one that is off, too.',
        action: 'administer',
        plugin: 'name',
        answer: { status: 200, schema: 'PluginConfig', about: 'The settings and their JSON Schema.' },
        errors: ['PLUGIN_NOT_FOUND'],
      },
      ({ param }) => plugins.settings(param('name')),
    ),
    route(
      {
        id: 'configurePlugin',
        method: 'put',
        path: '/api/plugins/:name/config',
        group: 'Plugins',
        summary: 'Check and store the settings of a plugin, then start it anew.',
        action: 'administer',
        plugin: 'name',
        body: { name: 'Config', form: () => ConfigBody },
        answer: theState,
        errors: ['PLUGIN_NOT_FOUND'],
      },
      async ({ param, body }) => ({
        name: param('name'),
        state: await plugins.configure(param('name'), body),
      }),
    ),
    route(
      {
        id: 'listPanels',
        method: 'get',
        path: '/api/panels',
        group: 'Plugins',
        summary: 'List the pages that plugins have in the administration.',
        action: 'view',
        limited: true,
        answer: {
          status: 200,
          schema: 'Panels',
          about: 'The panels that this person may open, of plugins that are on.',
        },
      },
      async ({ c }) => {
        const panels = plugins.panels();
        const seen = await Promise.all(panels.map(({ plugin }) => seesPanels(c, plugin)));
        return { panels: panels.filter((_, i) => seen[i]) };
      },
    ),
    route(
      {
        id: 'getPanel',
        method: 'get',
        path: '/api/panels/:plugin/:id',
        group: 'Plugins',
        summary: 'Get what a panel shows now.',
        action: 'view',
        plugin: 'plugin',
        answer: { status: 200, schema: 'Panel', about: 'The panel and its blocks.' },
        errors: ['NOT_FOUND'],
      },
      async ({ c, param }) => {
        const panel = plugins.panels().find((one) => one.plugin === param('plugin') && one.id === param('id'));
        if (!panel) throw new JobsError('NOT_FOUND', 'There is no such panel; api/panels lists those that are there.');
        if (!(await seesPanels(c, panel.plugin))) {
          throw new JobsError(
            'FORBIDDEN',
            'A panel may show any job: it is for those who may view all jobs, or administer its plugin.',
          );
        }
        return { ...panel, blocks: await shown.aboutAll(c, await plugins.panel(panel.plugin, panel.id)) };
      },
    ),
  ];
}
