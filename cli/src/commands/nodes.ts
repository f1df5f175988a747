// `nodes`: the processes that have signed on to the database.
import { msOf } from '@phraseworks/jobs/internals/base';
import type { NodeInfo } from '@phraseworks/sdk';
import { defineCommand } from '../command.ts';
import { ago, shortId } from '../job-lines.ts';
import type { Cell } from '../output.ts';

export const nodes = defineCommand({
  usage: [''],
  about:
    'A process that is silent for longer than queue.leaseDuration counts as gone, and one of this machine once it is dead.',
  example: 'nodes --json',
  options: {},
  takes: { least: 0, most: 0 },
  async run({ out, open }) {
    const { core, jobs, settings } = await open();
    const now = core.now();
    const all = await jobs.nodes();
    const stateOf = ({ live, heartbeatAt }: NodeInfo): Cell => {
      if (live) return { text: 'up', style: 'green' };
      const isSilent = msOf(heartbeatAt) < now - settings.queue.leaseDuration;
      return { text: isSilent ? 'silent' : 'dead', style: 'red' };
    };
    out.answer({ nodes: all }, () => {
      if (all.length === 0) return out.line('No process is connected.');
      out.table(
        ['ID', 'HOST', 'PID', 'ROLES', 'RUNNING', 'HEARTBEAT', 'STATE', 'TYPES'],
        all.map((node): Cell[] => [
          shortId(node.id),
          node.hostname ?? '-',
          String(node.pid),
          node.roles.join('+') || '-',
          `${node.running}/${node.slots}`,
          ago(now, node.heartbeatAt),
          stateOf(node),
          node.types.join(' '),
        ]),
      );
    });
    return 0;
  },
});
