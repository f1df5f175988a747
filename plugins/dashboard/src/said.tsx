// What an action said, after its page came back. Only our own sentences: an address must not put words into the page.
/** @jsxImportSource hono/jsx */
const DONE: Record<string, string> = {
  retry: 'The job is back in the queue.',
  cancel: 'The job is cancelled.',
  run: 'It runs as soon as a worker is free.',
  pause: 'The schedule is paused.',
  resume: 'The schedule goes on.',
  enable: 'The plugin was switched on.',
  disable: 'The plugin was switched off; its waiting jobs are parked.',
  panel: 'Done.',
};

const REFUSED: Record<string, string> = {
  FORBIDDEN: 'You may not do this here.',
  UNAUTHORIZED: 'Sign in first.',
  NOT_FOUND: 'That is not offered any more.',
  JOB_NOT_FOUND: 'There is no such job any more.',
  NOT_CANCELLABLE: 'The job was over already: it can be retried, not cancelled.',
  INVALID_STATE: 'That is not possible in the state it is in now.',
  SCHEDULE_NOT_FOUND: 'There is no such schedule any more.',
  PLUGIN_NOT_FOUND: 'There is no such plugin any more.',
  PLUGIN_OFF: 'The plugin is not on.',
  QUEUE_FULL: 'The queue is full: try again later.',
  UNAVAILABLE: 'That is not available now: try again in a moment.',
};

export function Said({ query }: { query: Record<string, string> }) {
  const { said, refused } = query;
  if (refused !== undefined) {
    const why = Object.hasOwn(REFUSED, refused) ? REFUSED[refused] : 'The log of the server says more.';
    return (
      <p class="said refused" role="alert">
        It was not done. {why}
      </p>
    );
  }
  if (said === undefined || !Object.hasOwn(DONE, said)) return null;
  return (
    <p class="said" role="status">
      {DONE[said]}
    </p>
  );
}
