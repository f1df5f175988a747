// The page of nodes.

export const nodes = {
  title: 'Nodes',
  none: 'No node has signed on.',
  about: 'The processes that work on this database. Each tells of itself every third of a lease.',
  node: 'Node',
  state: 'State',
  heartbeat: 'Heartbeat',
  slots: 'Slots',
  lanes: 'Lanes',
  started: 'Started',
  states: { live: 'on', draining: 'draining', lost: 'not heard of' },
  slotsText: (running: number, slots: number) => `${running} of ${slots}`,
  noWorker: 'runs no jobs',
  limit: (name: string, limit: number | null) => (limit === null ? name : `${name} (at most ${limit})`),
  types: (n: number) => (n === 1 ? '1 type' : `${n} types`),
  pid: (pid: number) => `process ${pid}`,
  running: 'Running jobs',
  runningNone: 'No job runs now.',
  more: (n: number) => `${n.toLocaleString('en')} more`,
  onNode: (name: string) => `on ${name}`,
  stuckTitle: (n: number) => `${n === 1 ? '1 attempt is' : `${n.toLocaleString('en')} attempts are`} stuck here`,
  stuck:
    'Their processor did not stop when it was told to: the job is settled or elsewhere, but the work may still go on. A restart of the process ends it; the processor should listen to its signal.',
};
