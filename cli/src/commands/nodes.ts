// `nodes`: the processes that have signed on to the database.
import { iso } from '@phraseworks/jobs/internals/base';
import { BULK_TYPE, type SeenNode } from '@phraseworks/jobs/internals/core';
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
    const { core, settings } = await open();
    const now = core.now();
    const all = await core.peers.all();
    const heard = now - settings.queue.leaseDuration;
    const answer = all.map(({ id, pid, startedAt, heartbeatAt, live, about }) => ({
      id,
      pid,
      startedAt: iso(startedAt),
      heartbeatAt: iso(heartbeatAt),
      live,
      ...about,
    }));
    out.answer({ nodes: answer }, () => {
      if (all.length === 0) return out.line('No process is connected.');
      out.table(
        ['ID', 'HOST', 'PID', 'ROLES', 'RUNNING', 'HEARTBEAT', 'STATE', 'TYPES'],
        all.map((node): Cell[] => [
          shortId(node.id),
          node.about.hostname ?? '-',
          String(node.pid),
          node.about.roles?.join('+') ?? '-',
          node.about.running === undefined ? '-' : `${node.about.running}/${node.about.slots ?? '?'}`,
          ago(now, node.heartbeatAt),
          stateOf(node, heard),
          (node.about.types ?? []).filter((type) => type !== BULK_TYPE).join(' '),
        ]),
      );
    });
    return 0;
  },
});

function stateOf({ live, heartbeatAt }: SeenNode & { live: boolean }, heard: number): Cell {
  if (!live) return { text: heartbeatAt < heard ? 'silent' : 'dead', style: 'red' };
  return { text: 'up', style: 'green' };
}
