// The dashboard: pages at the mount point that read the HTTP API, and nothing else.
import { definePlugin, Pages } from '@phraseworks/sdk';
import { z } from 'zod';
import { addActions } from './act.tsx';
import { readAssets } from './assets.ts';
import { addListActions } from './list/acts.ts';
import { addPages } from './pages.tsx';
import { LANGUAGE_NAMES, wordsOf } from './words/words.ts';

const Config = z.object({
  language: z.enum(LANGUAGE_NAMES).default('en').describe('Of the pages.'),
});

export default definePlugin({
  name: 'dashboard',
  version: '0.1.0',
  title: 'Dashboard',
  description: 'Pages that show what runs, what failed and why.',
  sdk: '^1.0.0',
  config: Config,
  needs: { pages: Pages },
  async init({ needs: { pages }, request, clock, config }) {
    const parts = { pages, request, clock };
    addPages(parts, await readAssets(), wordsOf(config.language));
    addActions(parts);
    addListActions(parts);
  },
});
