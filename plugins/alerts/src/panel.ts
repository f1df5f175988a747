// The page "Alerts": open alerts, recipients, and the latest messages.
import type { Block, Cell, JobsApi, Panel, PluginClock } from '@phraseworks/sdk';
import type { Detail } from './cause.ts';
import type { Notifier } from './notifier.ts';
import type { Store } from './store.ts';
import type { CauseRow } from './tables.ts';

const SHOWN = 20;

interface PanelParts {
  store: Store;
  notifier: Notifier;
  clock: PluginClock;
  getJobStatus: JobsApi['getJobStatus'];
  /** Mail addresses are configured, and the plugin email is not on. */
  mailIsOff: () => boolean;
}

function openBlocks(open: readonly CauseRow[], clock: PluginClock): Block[] {
  if (open.length === 0) return [{ type: 'text', tone: 'good', text: 'No open alerts.' }];
  return [
    {
      type: 'table',
      columns: ['What', 'Since', 'Times', 'Last message', 'Messages', 'Error', 'Job'],
      rows: open.map((row): Cell[] => {
        const { what, error = null, job = null } = JSON.parse(row.detail) as Detail;
        const told = row.told_at === null ? null : clock.iso(row.told_at);
        return [what, clock.iso(row.since), row.count, told, row.messages, error, job];
      }),
    },
    ...open.map(
      (row): Block => ({
        type: 'action',
        label: `Close alert: ${row.rule} ${row.subject}`,
        post: `/close/${encodeURIComponent(row.id)}`,
        confirm: 'Close this alert without an all-clear? It is raised again by the next failure.',
      }),
    ),
  ];
}

export function alertsPanel({ store, notifier, clock, getJobStatus, mailIsOff }: PanelParts): Panel {
  return {
    id: 'alerts',
    title: 'Alerts',
    data: async (): Promise<Block[]> => {
      const causes = [...(await store.causes()).values()].sort((a, b) => b.since - a.since);
      const open = causes.filter((row) => row.open === 1);
      const sent = await store.messages(SHOWN);
      const jobs = await Promise.all(sent.map(({ job_id }) => (job_id === null ? null : getJobStatus(job_id))));
      return [
        { type: 'stat', label: 'Open alerts', value: open.length },
        {
          type: 'text',
          tone: notifier.targets === '' || mailIsOff() ? 'warn' : 'good',
          text:
            notifier.targets === ''
              ? 'Alerts are only shown here and logged. To send them, set config.mail or config.webhooks.'
              : mailIsOff()
                ? `Alerts go to ${notifier.targets}, but no mail is sent because the plugin email is not running.`
                : `Alerts go to ${notifier.targets}.`,
        },
        ...openBlocks(open, clock),
        ...(notifier.targets === '' ? [] : [{ type: 'action', label: 'Send a test message', post: '/test' } as const]),
        {
          type: 'table',
          columns: ['Sent', 'About', 'Kind', 'By', 'To', 'State', 'Job'],
          rows: sent.map((row, n): Cell[] => [
            clock.iso(row.at),
            row.cause || 'test',
            row.kind,
            row.channel,
            row.target,
            row.job_id === null ? 'sent' : (jobs[n]?.status ?? null),
            row.job_id,
          ]),
        },
      ];
    },
  };
}
