// Routes for plugins, their settings and their panels.
import { PanelQuery } from '@phraseworks/sdk/contract';
import { grouped, type Route, route, type Services } from './route.ts';

const theState = { status: 200, schema: 'PluginState', about: 'The current state.' } as const;

export function pluginRoutes({ plugins }: Services): Route[] {
  return grouped('Plugins', [
    route({
      id: 'listPlugins',
      at: 'GET /api/plugins',
      summary: 'List plugins with their state, what they registered and their parked jobs.',
      action: 'view',
      limited: true,
      answer: { status: 200, schema: 'Plugins', about: 'All plugins, and those that left data behind.' },
      handle: async ({ actor }) => {
        const mayPurge = await actor.may('administer');
        return { plugins: await plugins.list(actor), removed: mayPurge ? await plugins.removed(actor) : [] };
      },
    }),
    route({
      id: 'enablePlugin',
      at: 'POST /api/plugins/:name/enable',
      summary: 'Enable a plugin; it stays enabled across restarts.',
      action: 'administer',
      answer: theState,
      errors: ['PLUGIN_NOT_FOUND'],
      handle: async ({ actor, name }) => ({ name, state: await plugins.enable(actor, name) }),
    }),
    route({
      id: 'disablePlugin',
      at: 'POST /api/plugins/:name/disable',
      summary: 'Disable a plugin; its waiting jobs keep their place.',
      action: 'administer',
      body: { schema: 'Disable', optional: true },
      answer: theState,
      errors: ['PLUGIN_NOT_FOUND'],
      handle: async ({ actor, name, body }) => ({
        name,
        state: await plugins.disable(actor, name, body),
      }),
    }),
    route({
      id: 'purgePlugin',
      at: 'DELETE /api/plugins/:name/data',
      summary:
        'Delete the tables, jobs, schedules and settings of a plugin that is off or no longer installed, for good.',
      action: 'administer',
      answer: { status: 200, schema: 'Purged', about: 'What was deleted.' },
      errors: ['PLUGIN_NOT_FOUND', 'INVALID_STATE'],
      handle: async ({ actor, name }) => ({ name, ...(await plugins.purge(actor, name)) }),
    }),
    route({
      id: 'getPluginConfig',
      at: 'GET /api/plugins/:name/config',
      summary: 'Get the settings of a plugin, with masked secrets, and their schema; also of a disabled plugin.',
      action: 'administer',
      answer: { status: 200, schema: 'PluginConfig', about: 'The settings and their JSON Schema.' },
      errors: ['PLUGIN_NOT_FOUND'],
      handle: ({ actor, name }) => plugins.settings(actor, name),
    }),
    route({
      id: 'configurePlugin',
      at: 'PUT /api/plugins/:name/config',
      summary: 'Validate the settings of a plugin, restart it with them, then store them.',
      action: 'administer',
      body: { schema: 'Config' },
      answer: theState,
      errors: ['PLUGIN_NOT_FOUND'],
      handle: async ({ actor, name, body }) => ({
        name,
        state: await plugins.configure(actor, name, body),
      }),
    }),
    route({
      id: 'listPanels',
      at: 'GET /api/panels',
      summary: 'List the panels of plugins.',
      action: 'view',
      limited: true,
      answer: {
        status: 200,
        schema: 'Panels',
        about: 'The panels of running plugins that the caller may open.',
      },
      handle: async ({ actor }) => ({ panels: await plugins.panels(actor) }),
    }),
    route({
      id: 'getPanel',
      at: 'GET /api/panels/:plugin/:id',
      summary: 'Get the content of a panel.',
      action: 'view',
      query: PanelQuery,
      answer: { status: 200, schema: 'Panel', about: 'The panel and its blocks.' },
      errors: ['NOT_FOUND'],
      handle: ({ c, actor, id, query }) => plugins.panel(actor, c.req.param('plugin') ?? '', id, query.page),
    }),
  ]);
}
