// The job system in the CMS: its own job types and tasks, its plugins, its tokens and its WebSocket.
import { createJobs } from '@phraseworks/jobs';
import { cmsPlugins, followPlugins, phraseWorks } from '@phraseworks/plugin-phraseworks';
import { signIn } from './auth.js';
import { pluginMeta } from './plugins.js';
import { connectedClients } from './websocket.js';

const cms = phraseWorks({
  clients: connectedClients,
  processors: {
    'image-upload': async ({ filename, base64Data }) => {
      const bytes = Buffer.from(base64Data, 'base64');
      return { filename, size: bytes.length };
    },
    cleanup: async ({ table }) => ({ table, deleted: 0 }),
  },
  tasks: { publishScheduledPosts: async () => {} },
  timezone: 'Europe/London',
});

export const jobs = await createJobs({
  plugins: {
    dashboard: true,
    email: true,
    phraseworks: { use: cms.plugin },
    ...cmsPlugins(pluginMeta),
  },
  // 25 MB of a file are 33 MB of base64.
  uploads: { maxBytes: 36_000_000 },
  signIn,
  default: true,
});

export const { jobQueue, scheduleTasks } = cms;
/** In place of the loop in utils/initPlugins.js that calls init() and disable(). */
export const runPluginInits = followPlugins(jobs, pluginMeta);
