// In place of the plugin metrics: appends each event to `figures.txt`.
import { appendFileSync } from 'node:fs';
import { definePlugin, Monitor } from '@phraseworks/sdk';

export default definePlugin({
  name: 'metrics',
  needs: { monitor: Monitor },
  init: (ctx) =>
    ctx.onDisable(
      ctx.needs.monitor.onStored(({ events }) => {
        for (const { event } of events) appendFileSync('figures.txt', `${event}\n`);
      }),
    ),
});
