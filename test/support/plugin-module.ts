// A plugin as the specification writes it: a plain module with init() and the module-level functions.
import { registerProcessor, scheduleJob } from '@phraseworks/sdk';

const performPluginTask = async (data: { action?: string }): Promise<string> => {
  if (!data.action) throw new Error('no action');
  return `${data.action} is done`;
};

// In a plugin's backend index.js
export function init() {
  // Register custom job processor
  registerProcessor('plugin_task', async (jobData, _jobId) => {
    try {
      const result = await performPluginTask(jobData);
      return { success: true, result };
    } catch (error) {
      return { success: false, error: (error as Error).message };
    }
  });

  // Schedule recurring plugin tasks; as there, it is not awaited
  scheduleJob({
    name: 'plugin_maintenance',
    schedule: '0 3 * * *',
    jobData: {
      type: 'plugin_task',
      data: { action: 'maintenance' },
    },
  });
}
