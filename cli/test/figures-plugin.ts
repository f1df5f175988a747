// Stands for the plugin metrics: appends the events that it is told of to `figures.txt`.
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
