// The page "Alerts": open alerts, recipients, and the latest messages.
import { type Block, block, type Cell, type JobsApi, type Panel, type PluginClock } from '@phraseworks/sdk';
import type { Detail } from './cause.ts';
import type { Notifier } from './notifier.ts';
import type { Store } from './store.ts';
import type { CauseRow } from './tables.ts';

const SHOWN = 20;
const MESSAGES = ['Sent', 'About', 'Kind', 'By', 'To', 'State', 'Job'];

interface PanelParts {
  store: Store;
  notifier: Notifier;
  clock: PluginClock;
  getJobStatus: JobsApi['getJobStatus'];
  /** Mail addresses are configured, and the plugin email is not on. */
  mailIsOff: () => boolean;
}

function openBlocks(open: readonly CauseRow[], clock: PluginClock): Block[] {
  if (open.length === 0) return [block.text('No open alerts.', 'good')];
  return [
    block.stat('Open alerts', open.length),
    block.table(
      ['What', 'Since', 'Times', 'Last message', 'Messages', 'Error', 'Job'],
      open.map((row) => {
        const { what, error = null, job = null } = JSON.parse(row.detail) as Detail;
        const told = row.told_at === null ? null : clock.iso(row.told_at);
        return [what, clock.iso(row.since), row.count, told, row.messages, error, job];
      }),
    ),
    ...open.map((row) =>
      block.action(`Close alert: ${row.rule} ${row.subject}`, `/close/${encodeURIComponent(row.id)}`, {
        confirm: 'Close this alert without an all-clear? It is raised again by the next failure.',
      }),
    ),
  ];
}

function targetsBlock(targets: string, mailIsOff: boolean): Block {
  if (targets === '')
    return block.text(
      'Alerts are only shown here and logged. To send them, set config.mail or config.webhooks.',
      'warn',
    );
  return mailIsOff
    ? block.text(`Alerts go to ${targets}, but no mail is sent because the plugin email is not running.`, 'warn')
    : block.text(`Alerts go to ${targets}.`, 'good');
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
      const lineOf = (row: (typeof sent)[number], n: number): Cell[] => [
        clock.iso(row.at),
        row.cause || 'test',
        row.kind,
        row.channel,
        row.target,
        row.job_id === null ? 'sent' : (jobs[n]?.status ?? null),
        row.job_id,
      ];
      return [
        targetsBlock(notifier.targets, mailIsOff()),
        ...openBlocks(open, clock),
        ...(notifier.targets === '' ? [] : [block.action('Send a test message', '/test')]),
        ...(sent.length === 0 ? [] : [block.table(MESSAGES, sent.map(lineOf))]),
      ];
    },
  };
}
