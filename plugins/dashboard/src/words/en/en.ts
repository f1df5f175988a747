// English, area by area.
import { frame } from './frame.ts';
import { job } from './job.ts';
import { list } from './list.ts';
import { metrics } from './metrics.ts';
import { plugins } from './plugins.ts';
import { said } from './said.ts';
import { schedules } from './schedules.ts';

const states = {
  /** By what the API calls them. */
  names: {
    pending: 'pending',
    processing: 'processing',
    completed: 'completed',
    failed: 'failed',
    cancelled: 'cancelled',
    parked: 'parked',
    paused: 'paused',
    running: 'running',
    retry: 'retry',
    snoozed: 'snoozed',
    released: 'released',
    crashed: 'crashed',
    off: 'off',
    waiting: 'waiting',
    starting: 'starting',
    on: 'on',
    stopping: 'stopping',
  },
  parked: {
    plugin_disabled: 'its plugin is off',
    plugin_failed: 'its plugin did not start',
    plugin_waiting: 'its plugin waits for another one',
    no_processor: 'no plugin has a processor for its type',
    paused: 'its type or lane is paused',
  },
  parkedUnknown: 'the reason is not known',
  retry: 'retry',
  retryIsDue: 'retry is due',
  due: 'due',
};

const panel = {
  empty: 'Nothing here yet.',
  nothing: 'There is nothing to show.',
  failed:
    'This page of the plugin could not be made. The log of the server says why; the other pages are not touched by it.',
  noBlock: 'The plugin gave something here that cannot be shown.',
  more: (n: number) => `${n.toLocaleString('en')} more are not shown.`,
  noPicture: 'There is no picture here:',
};

const nodes = {
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

const log = {
  title: 'Log',
  about: 'Who did what with jobs, schedules and plugins, the newest first.',
  none: 'Nobody has done anything yet.',
  noneOlder: 'There is nothing older.',
  notYours: 'The log is for those who may administer.',
  when: 'When',
  who: 'Who',
  what: 'What',
  on: 'On',
  somebody: 'somebody without a name',
  older: 'Older',
  newest: 'Newest',
  pages: 'Pages',
  /** By the name of the operation. */
  actions: {
    addJobs: 'added jobs',
    bulk: 'acted on many jobs',
    cancelJob: 'cancelled a job',
    retryJob: 'put a job back',
    runJob: 'let a job run now',
    deleteJob: 'deleted a job',
    updateJobProgress: 'told the progress of a job',
    scheduleJob: 'saved a schedule',
    changeSchedule: 'changed a schedule',
    unscheduleJob: 'deleted a schedule',
    runSchedule: 'let a schedule run now',
    pauseSchedule: 'paused a schedule',
    resumeSchedule: 'resumed a schedule',
    enablePlugin: 'switched a plugin on',
    disablePlugin: 'switched a plugin off',
    configurePlugin: 'changed the settings of a plugin',
    pluginRoute: 'used what a plugin offers',
    pause: 'paused',
    resume: 'resumed',
    drain: 'let workers finish and claim nothing more',
    undoDrain: 'let workers claim again',
  } as Record<string, string>,
};

const form = {
  asFields: 'Form',
  asJson: 'Edit as JSON',
  json: 'As JSON',
  wrong: (n: number) => (n === 1 ? 'One thing is not right yet:' : `${n} things are not right yet:`),
  notJson: ({ line, column, atEnd }: { line: number; column: number; atEnd: boolean }) =>
    atEnd ? 'is no complete JSON: its end is missing' : `is no JSON: look at line ${line}, column ${column}`,
  must: 'required',
  yes: 'yes',
  no: 'no',
  standard: (text: string) => `default: ${text}`,
  example: (text: string) => `for example ${text}`,
  text: 'text',
  number: 'number',
  list: 'list',
  fields: (names: string) => `with ${names}`,
  notGiven: 'not given',
  shape: 'Shape',
  showFields: 'Show its fields',
  row: (label: string, n: number) => `${label} ${n}`,
  add: 'Add',
  addTo: (label: string) => `Add a row to ${label}`,
  remove: 'Remove',
  removeRow: (label: string) => `Remove ${label}`,
  raise: 'Up',
  raiseRow: (label: string) => `Move ${label} up`,
  range: (least: number | undefined, most: number | undefined) =>
    least === undefined ? `${most} at most` : most === undefined ? `from ${least}` : `${least} to ${most}`,
  kept: 'There is one; leave this empty to keep it.',
  forget: 'Remove it',
  otherShape: 'This value is kept as JSON: it does not fit the fields of the form.',
  otherKeys: 'Other keys',
  fileNeedsScript: 'Choosing a file needs JavaScript. Without it, use an address, or send the job with the HTTP API.',
  sending: 'Sending',
};

const add = {
  title: 'Add a job',
  titleOf: (type: string) => `Add a job: ${type}`,
  lead: 'What is to be done?',
  jobs: 'Jobs',
  application: 'The application',
  use: 'Add the job',
  off: (plugin: string) =>
    `The plugin ${plugin} is not on. The job is stored and waits; it runs when the plugin is switched on.`,
  parked: 'Jobs of this type are parked now: the job is stored and waits.',
  noSchema: 'Nothing is known about the data of this type now, so it is written as JSON and checked when it runs.',
  copied: 'Filled in from',
  copiedJob: 'an earlier job',
  filesGone: 'Its files belong to that job: choose them again.',
  maskLeft: 'is a secret that cannot be taken over here: type it',
  example: 'Filled in with an example.',
  empty: 'Empty the form',
  noTypes: 'No plugin offers a type of job. Switch one on first.',
  notKnown: 'There is no such type.',

  options: 'Priority, delay, retries',
  priority: 'Priority',
  delay: 'Delay',
  delayHelp: 'Before the first attempt: 30 seconds, 10 minutes, 2 days.',
  maxRetries: 'Retries',
  retryDelay: 'Pause before a retry',
  retryBackoff: 'The pauses',
  timeout: 'Limit of one attempt',
  idempotencyKey: 'Idempotency key',
  idempotencyHelp: 'The same key with the same data adds no second job.',
  ofType: (text: string) => `default: ${text}`,
  notDuration: 'must be a duration, such as 30 seconds or 2 hours',
  notNumber: 'must be a whole number',
};

export const en = { add, form, frame, job, list, panel, plugins, said, schedules, states, log, metrics, nodes };
