// What an action said, by its code in the address.

export const said = {
  notDone: 'It was not done.',
  logSaysMore: 'The log of the server says more.',

  done: {
    retry: 'The job is back in the queue.',
    cancel: 'The job is cancelled.',
    deleted: 'The job was deleted.',
    run: 'It runs as soon as a worker is free.',
    add: 'The job was added.',
    pause: 'The schedule is paused.',
    resume: 'The schedule goes on.',
    scheduleSaved: 'The schedule is saved.',
    scheduleDeleted: 'The schedule is deleted; its jobs stay.',
    enable: 'The plugin was switched on.',
    disable: 'The plugin was switched off; its waiting jobs are parked.',
    configure: 'The settings are stored.',
    configurePartly:
      'The settings are stored. Some stay as they were, because the configuration or the environment sets them.',
    panel: 'Done.',
    paused: 'It is paused: running jobs end, waiting ones wait.',
    resumed: 'It goes on.',
  } as Record<string, string>,

  /** What was done with the rows that were chosen. */
  chosen: {
    retry: (n: number) => `${jobs(n)} back in the queue.`,
    cancel: (n: number) => `${jobs(n)} cancelled.`,
    run: (n: number) => `${jobs(n)} to run as soon as a worker is free.`,
    delete: (n: number) => `${jobs(n)} deleted.`,
  },
  left: (n: number) => `${jobs(n)} left as they were: not possible in their state.`,

  refused: {
    FORBIDDEN: 'You may not do this here.',
    UNAUTHORIZED: 'Sign in first.',
    NOT_FOUND: 'That is not offered any more.',
    JOB_NOT_FOUND: 'There is no such job any more.',
    NOT_CANCELLABLE: 'The job was over already: it can be retried, not cancelled.',
    INVALID_DATA: 'What was sent, or the data of the job, is not valid.',
    UNKNOWN_TYPE: 'No plugin has a type of this name now.',
    VETOED: 'A plugin refused it.',
    IDEMPOTENCY_CONFLICT: 'Its key belongs to another job.',
    PAYLOAD_TOO_LARGE: 'That is too large.',
    INVALID_STATE: 'That is not possible in the state it is in now.',
    SCHEDULE_NOT_FOUND: 'There is no such schedule any more.',
    PLUGIN_NOT_FOUND: 'There is no such plugin any more.',
    PLUGIN_OFF: 'The plugin is not on.',
    QUEUE_FULL: 'The queue is full: try again later.',
    UNAVAILABLE: 'That is not available now: try again in a moment.',
    NOTHING_CHOSEN: 'Choose jobs first.',
  } as Record<string, string>,
};

const jobs = (n: number): string => (n === 1 ? '1 job' : `${n.toLocaleString('en')} jobs`);
