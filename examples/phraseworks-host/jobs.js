// The job system in the CMS: its own job types and tasks, its plugins, its tokens and its WebSocket.
import { createJobs } from '@phraseworks/jobs';
import { cmsPlugins, followPlugins, phraseWorks } from '@phraseworks/plugin-phraseworks';
import { tokensOf } from '@phraseworks/plugin-sign-in';
import { userOf } from './auth.js';
import { saveTask, taskHandlers } from './cron.js';
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
  tasks: taskHandlers,
  onTaskRun: saveTask,
  timezone: 'Europe/London',
});

export const jobs = await createJobs({
  plugins: {
    'sign-in': { use: tokensOf(userOf) },
    dashboard: true,
    email: true,
    phraseworks: { use: cms.plugin },
    ...cmsPlugins(pluginMeta),
  },
  // 25 MB of a file are 33 MB of base64.
  uploads: { maxBytes: 36_000_000 },
  default: true,
});

export const { jobQueue, scheduleTasks, runTask } = cms;
/** Takes the slugs of the active plugins, and switches those that changed. */
export const followActive = followPlugins(jobs, pluginMeta);
