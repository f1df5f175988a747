// Routes for plugins, their settings and their panels.
import { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';
import type { DisableOptions, JobsHost } from '../jobs-host.ts';
import { type Guard, isAllowed } from './guard.ts';
import { ConfigBody, DisableBody, PanelQuery } from './requests.ts';
import { type HttpDeps, type Route, route } from './route.ts';
import type { ShownJobs } from './shown-jobs.ts';

/** The panels of running plugins that the caller may open. A panel may quote any job, so a caller with `where` sees none. */
export async function panelsFor(c: Context, guard: Guard, { plugins }: JobsHost) {
  if (!(await isAllowed(c, guard, 'view'))) return [];
  const all = plugins.panels();
  const asked = [...new Set(all.map(({ access }) => access))];
  const held = await Promise.all(asked.map(async (access) => ((await isAllowed(c, guard, access)) ? access : null)));
  return all.filter(({ access }) => held.includes(access)).map(({ access: _, ...panel }) => panel);
}

export function pluginRoutes({ host }: HttpDeps, guard: Guard, shown: ShownJobs): Route[] {
  const { plugins } = host;

  const theState = { status: 200, schema: 'PluginState', about: 'The current state.' } as const;

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
        answer: { status: 200, schema: 'Plugins', about: 'All plugins, and those that left data behind.' },
      },
      async ({ c }) => {
        const mayPurge = await isAllowed(c, guard, 'administer');
        return { plugins: await plugins.list(), removed: mayPurge ? await plugins.removed() : [] };
      },
    ),
    route(
      {
        id: 'enablePlugin',
        method: 'post',
        path: '/api/plugins/:name/enable',
        group: 'Plugins',
        summary: 'Enable a plugin; it stays enabled across restarts.',
        action: 'administer',
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
        summary: 'Disable a plugin; its waiting jobs keep their place.',
        action: 'administer',
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
        id: 'purgePlugin',
        method: 'delete',
        path: '/api/plugins/:name/data',
        group: 'Plugins',
        summary:
          'Delete the tables, jobs, schedules and settings of a plugin that is off or no longer installed, for good.',
        action: 'administer',
        answer: { status: 200, schema: 'Purged', about: 'What was deleted.' },
        errors: ['PLUGIN_NOT_FOUND', 'INVALID_STATE'],
      },
      async ({ param }) => ({ name: param('name'), ...(await plugins.purge(param('name'))) }),
    ),
    route(
      {
        id: 'getPluginConfig',
        method: 'get',
        path: '/api/plugins/:name/config',
        group: 'Plugins',
        summary: 'Get the settings of a plugin, with masked secrets, and their schema; also of a disabled plugin.',
        action: 'administer',
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
        summary: 'Validate the settings of a plugin, restart it with them, then store them.',
        action: 'administer',
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
        summary: 'List the panels of plugins.',
        action: 'view',
        limited: true,
        answer: {
          status: 200,
          schema: 'Panels',
          about: 'The panels of running plugins that the caller may open.',
        },
      },
      async ({ c }) => ({ panels: await panelsFor(c, guard, host) }),
    ),
    route(
      {
        id: 'getPanel',
        method: 'get',
        path: '/api/panels/:plugin/:id',
        group: 'Plugins',
        summary: 'Get the content of a panel.',
        action: 'view',
        query: PanelQuery,
        answer: { status: 200, schema: 'Panel', about: 'The panel and its blocks.' },
        errors: ['NOT_FOUND'],
      },
      async ({ c, param, query: { page } }) => {
        const panel = plugins.panels().find((one) => one.plugin === param('plugin') && one.id === param('id'));
        if (!panel) throw new JobsError('NOT_FOUND', 'Panel not found. api/panels lists the available panels.');
        const { access, ...about } = panel;
        await guard(c, access);
        return { ...about, blocks: await shown.aboutAll(c, await plugins.panel(panel.plugin, panel.id, page)) };
      },
    ),
  ];
}
