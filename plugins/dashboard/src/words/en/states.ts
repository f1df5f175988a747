// The states of jobs, attempts and plugins, and why a job waits or is parked.

export const states = {
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
