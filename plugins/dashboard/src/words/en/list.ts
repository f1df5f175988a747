// The list of jobs.

const jobs = (n: number): string => (n === 1 ? '1 job' : `${n.toLocaleString('en')} jobs`);
const all = (n: number | undefined): string =>
  n === undefined ? 'all jobs' : n === 1 ? 'the 1 job' : `all ${jobs(n)}`;

export const list = {
  title: 'Jobs',
  states: 'States',
  all: 'all',
  caption: 'Jobs, newest first',
  columns: { state: 'State', type: 'Type', what: 'What', attempt: 'Attempt', took: 'Took', added: 'Added' },

  attemptOf: (attempt: number, most: number) => `${attempt} of ${most}`,

  filters: 'Filters',
  type: 'Type',
  plugin: 'Plugin',
  schedule: 'Schedule',
  search: 'Search',
  within: 'Added',
  from: 'From (UTC)',
  to: 'To (UTC)',
  any: 'any',
  anyTime: 'at any time',
  withins: {
    '1h': 'in the last hour',
    '6h': 'in the last 6 hours',
    '24h': 'in the last 24 hours',
    '7d': 'in the last 7 days',
    '30d': 'in the last 30 days',
  },
  apply: 'Show',
  without: (filter: string) => `Without the filter ${filter}`,
  clear: 'Clear',

  needsAttention: 'Needs attention',
  failed: (n: number) => `${jobs(n)} failed`,
  retrying: (n: number) => (n === 1 ? '1 job waits for a retry' : `${jobs(n)} wait for a retry`),
  parked: (n: number) => (n === 1 ? '1 job is parked' : `${jobs(n)} are parked`),
  stuck: (n: number) =>
    n === 1
      ? '1 attempt ignores the signal to stop, and still runs'
      : `${n.toLocaleString('en')} attempts ignore the signal to stop, and still run`,
  newest: 'newest',
  nextTry: (when: string) => `next try ${when}`,
  moreKinds: (n: number) => `and ${n} more kinds`,
  countedIn: (n: number) => `counted in the newest ${n.toLocaleString('en')}`,

  pauses: 'Paused',
  pausedType: (type: string) => `The type ${type} is paused.`,
  pausedLane: (lane: string) => `The lane ${lane} is paused.`,
  pausedAt: 'Paused',
  pausedBy: (user: string) => `by ${user}`,
  waitingJobs: (n: number) => (n === 0 ? 'No job waits' : n === 1 ? '1 job waits' : `${jobs(n)} wait`),
  resume: 'Resume',
  pauseTitle: 'Pause a type or a lane',
  pauseAbout: 'Running jobs end; waiting and new ones wait until it is resumed.',
  types: 'Types',
  lanes: 'Lanes',
  schedulesToo: 'The schedules that add to it, too',
  pause: 'Pause',

  choose: (summary: string) => `Choose ${summary}`,
  chooseAll: 'Choose all on this page',
  withChosen: 'Chosen',
  forAll: 'All that match',
  acts: { retry: 'Retry', cancel: 'Cancel', run: 'Run now', delete: 'Delete' },
  actAll: {
    retry: (n: number | undefined) => `Retry ${all(n)} that match?`,
    cancel: (n: number | undefined) => `Cancel ${all(n)} that match?`,
    run: (n: number | undefined) => `Run ${all(n)} that match now?`,
    delete: (n: number | undefined) => `Delete ${all(n)} that match?`,
  },
  askAbout: 'It is done by a job of its own, which can be followed and cancelled.',
  askDelete: 'Their data, results, logs and files go with them, for good.',
  ofChosen: {
    cancel: 'Jobs that run are told to stop.',
    delete: 'Their data, results, logs and files go with them, for good.',
  },

  bulkTitle: { retry: 'Retry', cancel: 'Cancel', run: 'Run now', delete: 'Delete' } as Record<string, string>,
  bulkOf: (done: number, matched: number) => `${done.toLocaleString('en')} of ${jobs(matched)}`,
  bulkLeft: (n: number) => `${n.toLocaleString('en')} left as they were`,
  bulkNone: 'No job matched.',
  itsJob: 'its job',
  dismiss: 'Close',

  noneYet: 'No jobs yet.',
  howToAdd: 'Add one here, with addJob(), or over the HTTP API; it shows here at once.',
  addOne: 'Add a job',
  noneFits: 'No job fits.',
  noneFitsYet: 'No job fits among those looked at.',
  allJobs: 'All jobs',
  pages: 'Pages',
  newestPage: 'Newest',
  older: 'Older',
  capped: 'There are older jobs that were not looked at.',
  searchOlder: 'Search older ones',
};
