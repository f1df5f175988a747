// The list of plugins, the page of one, and what switching it does.

const count = (n: number, one: string, many: string): string =>
  n === 1 ? `1 ${one}` : `${n.toLocaleString('en')} ${many}`;
const jobs = (n: number): string => count(n, 'job', 'jobs');

export const plugins = {
  title: 'Plugins',
  notThere: 'There is no plugin of this name in the configuration.',
  open: 'Settings and details',

  types: 'Types',
  schedules: 'Schedules',
  parkedJobs: 'Parked jobs',
  needs: 'Needs',
  provides: 'Provides',
  panels: 'Pages',
  hooks: 'Hooks',
  routes: 'Routes',
  commands: 'Commands',
  hookErrors: 'Hook errors',
  lastError: 'Last error',
  startedIn: 'Started in',
  since: 'Since',
  missing: (id: string, optional: boolean) => `${id} (${optional ? 'optional, ' : ''}not there)`,
  footprint: (parts: { types: number; schedules: number; hooks: number; routes: number; panels: number }) =>
    [
      parts.types > 0 && count(parts.types, 'type', 'types'),
      parts.schedules > 0 && count(parts.schedules, 'schedule', 'schedules'),
      parts.hooks > 0 && count(parts.hooks, 'hook', 'hooks'),
      parts.routes > 0 && count(parts.routes, 'route', 'routes'),
      parts.panels > 0 && count(parts.panels, 'page', 'pages'),
    ]
      .filter((part) => part !== false)
      .join(', ') || 'nothing',
  routeCount: (n: number) => count(n, 'route', 'routes'),
  registered: 'Registered',

  enable: 'Switch on',
  disable: 'Switch off',
  enableTitle: (name: string) => `Switch on ${name}?`,
  disableTitle: (name: string) => `Switch off ${name}?`,
  configureTitle: (name: string) => `Change the settings of ${name}?`,
  yesEnable: 'Yes, switch it on',
  yesDisable: 'Yes, switch it off',
  yesConfigure: 'Yes, save and start it anew',
  yesStore: 'Yes, save',
  back: 'Back',
  backToForm: 'Back to the form',
  notItself: (name: string) =>
    `These pages cannot switch themselves off: nobody could switch them on again from here. Where it has to be, use the command line: phraseworks-jobs plugins disable ${name}`,

  effects: 'What it does',
  running: 'Jobs that run now',
  runningOf: (n: number) => (n === 0 ? 'No job of it runs now.' : `${jobs(n)} of it ${n === 1 ? 'runs' : 'run'} now.`),
  drain: 'may end for 30 seconds, then they are aborted and put back',
  abort: 'are aborted at once and put back',
  noAttempt: 'A job that is put back spends no attempt.',
  waiting: (n: number) => (n === 0 ? 'none waits' : `${jobs(n)} ${n === 1 ? 'waits' : 'wait'}`),
  parked: (n: number) =>
    n === 0
      ? 'No job waits. New ones are stored and parked until it is on again.'
      : `${jobs(n)} that ${n === 1 ? 'waits is' : 'wait are'} parked until it is on again, and so are new ones.`,
  cancelled: (n: number) =>
    n === 0
      ? 'No job waits. New ones are stored and parked until it is on again.'
      : `${jobs(n)} that ${n === 1 ? 'waits is' : 'wait are'} cancelled, as the plugin asks; new ones are parked until it is on again.`,
  unparked: (n: number) =>
    n === 0
      ? 'No job of it is parked.'
      : `${jobs(n)} that ${n === 1 ? 'is' : 'are'} parked ${n === 1 ? 'goes' : 'go'} on.`,
  typesRun: 'Jobs of these types run again, and so do its schedules:',
  schedulesWait: 'These schedules wait:',
  schedulesNone: 'It has no schedules.',
  routesGo: (n: number) =>
    n === 0 ? 'It has no routes.' : `${count(n, 'route answers', 'routes answer')} that the plugin is off:`,
  panelsGo: 'These pages leave the navigation:',
  commandsGo: 'These commands of the command line go:',
  dependants: 'These plugins need it: they wait, and their jobs are parked (plugin_waiting):',
  without: 'These plugins go on without it:',
  noDependants: 'No other plugin needs it.',
  blocked: 'It needs what nobody provides now, so it will wait:',
  waitingFor: 'These plugins wait for it and start with it:',
  pausesMeanwhile:
    'It is switched off and on again. Its running jobs may end for 30 seconds first, then they are put back; its routes and pages are away for that time.',
  storedOnly: 'It is off: the settings are stored, and count when it is switched on.',
  dependantsAnew: 'These plugins need it, and start anew with it:',
  itself: 'These pages are made by it: the next one comes from the new start.',

  settings: 'Settings',
  save: 'See what changes',
  change: 'Setting',
  before: 'Now',
  after: 'Then',
  noChange: 'No setting changes.',
  notSet: 'not set',
  secretSet: 'a secret',
  noSettings: 'It has no settings.',
  notLoaded: 'Its settings are described in its code, which is not loaded while it is off.',
  loadThem: 'Load it and show them',
  readOnly: 'Secrets are masked.',
};
