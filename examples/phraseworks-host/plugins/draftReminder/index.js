// A plugin as the CMS has them: a camelCase slug, init and disable, and the functions of the specification.
import { addAction, addJob, registerProcessor, scheduleJob } from '@phraseworks/sdk';

const reminded = new Set();

export function init() {
  registerProcessor('remind', async (jobData, jobId) => {
    if (!jobData.to) return { success: false, error: 'Missing required field: to', retryable: false };
    const mail = { to: jobData.to, template: 'daily_reminder', variables: { userName: jobData.name } };
    const job = await addJob({ type: 'email', data: mail, idempotencyKey: `reminder-${jobId}` });
    return { success: true, result: { mail: job.id } };
  });
  scheduleJob({
    name: 'drafts',
    schedule: '0 8 * * 1-5',
    jobData: { type: 'remind', data: { to: 'editor@example.test', name: 'Editor' } },
  });
  addAction('job:completed', ({ type, jobId }) => {
    if (type === 'remind') reminded.add(jobId);
  });
}

export function disable() {
  reminded.clear();
}

export default {
  slug: 'draftReminder',
  name: 'Draft reminders',
  version: '1.0.0',
  description: 'Reminds people of their drafts.',
  author: 'PhraseWorks',
  init,
  disable,
};
