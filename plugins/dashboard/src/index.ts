// The dashboard: pages at the mount point that read the HTTP API, and nothing else.
import { definePlugin } from '@phraseworks/sdk';
import { addActions } from './act.tsx';
import { addPages } from './pages.tsx';
import { readStylesheet } from './stylesheet.ts';

export default definePlugin({
  name: 'dashboard',
  version: '0.1.0',
  title: 'Dashboard',
  description: 'Pages that show what runs, what failed and why.',
  sdk: '^1.0.0',
  async init(ctx) {
    addPages(ctx, await readStylesheet());
    addActions(ctx);
  },
});
