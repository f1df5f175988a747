// The CMS's table of options, which holds JSON: its scheduled tasks, and which plugins are active.
const table = new Map([
  ['plugins', JSON.stringify([{ slug: 'draftReminder', active: true }])],
  [
    '_cron_tasks',
    JSON.stringify([
      {
        id: 1,
        name: 'Publish Scheduled Posts',
        cron_expression: '*/5 * * * *',
        run_once: false,
        last_run_at: null,
        enabled: true,
        function_name: 'publishScheduledPosts',
      },
    ]),
  ],
]);

export const readOption = async (name) => JSON.parse(table.get(name));

export const writeOption = async (name, value) => void table.set(name, JSON.stringify(value));
