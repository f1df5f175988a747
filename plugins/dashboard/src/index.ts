// The dashboard: pages at the mount point, built on the HTTP API alone.
import { definePlugin, Pages } from '@phraseworks/sdk';
import { addActions } from './act.tsx';
import { readAssets } from './assets.ts';
import { addListActions } from './list/actions.ts';
import { addPages } from './pages.tsx';

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
  // Nobody could enable it again from its own pages.
  alwaysOn: true,
  needs: { pages: Pages },
  async init({ needs: { pages }, request, clock }) {
    const parts = { pages, request, clock };
    addPages(parts, await readAssets());
    addActions(parts);
    addListActions(parts);
  },
});
