// The pages of schedules.
import type { ClockNote } from '../../schedule/clock-notes.ts';

export const schedules = {
  title: 'Schedules',
  none: 'No schedules.',
  noneHelp: 'A plugin saves one with scheduleJob(); the configuration, this page or the HTTP API do it, too.',
  add: 'Add a schedule',
  notYours: 'Schedules are made by those who may administer.',
  newTitle: 'New schedule',

  name: 'Name',
  adds: 'adds',
  next: 'Next run',
  week: 'The coming week',
  last: 'Last runs',
  actions: 'Actions',
  off: 'none while its plugin is off',
  notYet: 'not yet',
  lastJob: 'its job',
  inZone: (zone: string) => `Days and times of the week are those of ${zone}.`,
  stripTitle: (name: string, runs: string, clashes: number) =>
    `${name}: ${runs} in the coming week${clashes === 0 ? '' : `, ${clashes} together with others`}`,
  runs: (n: number, capped: boolean) =>
    `${capped ? 'more than ' : ''}${n === 1 ? '1 run' : `${n.toLocaleString('en')} runs`}`,
  noRuns: 'no runs',
  markTitle: (when: string, runs: number) =>
    runs === 1 ? when : `${when}: ${runs.toLocaleString('en')} runs from here on`,

  clashes: 'Runs at the same minute',
  /** Before the time of the first one. */
  clashTimes: (n: number) => (n === 1 ? 'once:' : `${n.toLocaleString('en')} times, first`),
  moreClashes: (n: number) => `${n.toLocaleString('en')} more`,
  oftenLeftOut: (names: readonly string[]) => `Left out, since they run more than hourly: ${names.join(', ')}.`,

  note: (note: ClockNote): string => {
    switch (note.kind) {
      case 'moved':
        return `${note.time} does not exist, runs at ${note.runs}`;
      case 'missing':
        return `${note.from} to ${note.to} does not exist, no runs then`;
      case 'once':
        return `${note.time} comes twice, runs once`;
      case 'both':
        return `${note.time} comes twice, runs both times`;
    }
  },
  changeAhead: (day: string, forward: boolean) => `On ${day} the clocks go ${forward ? 'forward' : 'back'}`,
  changeTouchesNothing: 'no run is touched.',

  page: {
    comingTitle: 'Next runs',
    lastTitle: 'Last jobs',
    allJobs: 'All of them',
    noJobs: 'It has not added a job yet, or they are removed already.',
    paused: 'It is paused: no run comes until it is resumed.',
    off: 'Its plugin is off: no run comes until it is on.',
    ofPlugin: (plugin: string) => `Declared by the plugin ${plugin}.`,
    ofConfig: 'Declared in the configuration.',
    madeHere: 'Made by a person or a program at run time.',
    changed: 'It was changed by a person. When it is deleted, the declared one comes back with the next start.',
    runNow: 'Run now',
    pause: 'Pause',
    resume: 'Resume',
    delete: 'Delete',
    deleteAsk: 'Its jobs stay; no new ones come.',
    deleteDeclared: 'Its jobs stay. The declared one comes back with the next start: to stop it for good, pause it.',
    editTitle: 'Change it',
    editDeclared: 'What is changed here outlasts restarts.',
  },

  form: {
    pattern: 'Pattern',
    patternHelp:
      'minute hour day month weekday; with six fields, seconds first. 0 9 * * 1-5 is Monday to Friday at 09:00.',
    zone: 'Time zone',
    zoneHelp: 'Such as Europe/Berlin.',
    missed: 'Runs that nobody was there for',
    missedOnce: 'run once, for all of them',
    missedSkip: 'are left out',
    missedAll: 'run, each of them, at most:',
    missedMost: 'How many missed runs, at most',
    name: 'Name',
    nameHelp: 'Letters, digits and _.:-',
    nameTaken: 'is taken: change that schedule, or choose another name',
    type: 'Type of the job',
    typeHelp: 'What each run adds.',
    data: 'Data of the job, as JSON',
    options: 'Options of the job, as JSON',
    optionsHelp: 'priority, maxRetries, retryDelay, retryBackoff, timeout, delay; {} for none.',
    notJson: (line: number, column: number) => `is no JSON: line ${line}, column ${column}`,
    notObject: 'must be an object in braces',
    maskLeft: 'is hidden: give the value',
    save: 'Save',
    create: 'Add it',
    wrong: 'It was not saved.',
    cancel: 'Back',
  },
};
