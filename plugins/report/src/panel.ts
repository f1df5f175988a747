// The page "Reports" for administrators.
import { type Block, block, type Cell, type Panel, type PluginClock } from '@phraseworks/sdk';
import type { Format } from './data.ts';
import type { Run, Runs } from './runs.ts';

const SHOWN = 50;

export function reportsPanel(plugin: string, runs: Runs, clock: PluginClock): Panel {
  const href = (run: Run, format?: Format) => `/plugins/${plugin}/runs/${run.id}${format ? `/${format}` : ''}`;
  const file = (run: Run, format: Format, text: string): Cell =>
    run.files.some((one) => one.format === format) ? { text, href: href(run, format) } : null;
  const sent = ({ sent, recipients }: Run): string => (recipients === 0 ? 'none' : `${sent} of ${recipients}`);

  return {
    id: 'reports',
    title: 'Reports',
    data: async (): Promise<Block[]> => {
      const list = await runs.list(SHOWN);
      const rows = list.map((run): Cell[] => [
        { text: run.label, href: href(run) },
        run.title,
        clock.iso(run.made_at),
        sent(run),
        file(run, 'text', 'Text'),
        file(run, 'csv', 'CSV'),
      ]);
      const columns = ['Period', 'Report', 'Made', 'Sent to', 'Text', 'CSV'];
      return [
        ...(rows.length === 0 ? [block.text('No report has been made yet.')] : []),
        block.action('Create report: this week so far', '/make/weekly_analytics/current'),
        block.action('Create report: last week', '/make/weekly_analytics'),
        ...(rows.length === 0 ? [] : [block.table(columns, rows)]),
      ];
    },
  };
}
