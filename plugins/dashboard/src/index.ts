// The dashboard: pages at the mount point, built on the services of the SDK.
import { definePlugin, PageFrame } from '@phraseworks/sdk';
import { addActions } from './act.tsx';
import { readAssets } from './assets.ts';
import { addListActions } from './list/actions.ts';
import { tables } from './list/views-table.ts';
import { addPages } from './pages.tsx';
import { NEEDS } from './visit.ts';

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    dashboard: unknown;
  }
}

export default definePlugin({
  name: 'dashboard',
  version: '0.1.0',
  title: 'Dashboard',
  description: 'Pages that show what is running, what failed and why.',
  sdk: '^0.1.0',
  // Its own pages could not enable it again.
  alwaysOn: true,
  needs: NEEDS,
  provides: [PageFrame],
  tables,
  async init(site) {
    site.provide(PageFrame, addPages(site, await readAssets()));
    addActions(site);
    addListActions(site);
  },
});
