// SIGINT and SIGTERM: the first one stops gracefully, the second one at once.

interface SignalDeps {
  /** Drains, then releases jobs that still run; resolves when the process may end. */
  stop: () => Promise<void>;
  /** Releases running jobs immediately. */
  halt: () => Promise<void>;
  say: (line: string) => void;
  /** Ends the process. */
  exit: (code: number) => void;
}

/** 128 plus the number of the signal, as in shells. */
export const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
/** Signals within this many milliseconds count as one, since a terminal may send two. */
const ONE_GESTURE = 100;

export function stopOnSignals({ stop, halt, say, exit }: SignalDeps, on: NodeJS.EventEmitter, now: () => number): void {
  let first = Number.NEGATIVE_INFINITY;
  const heard = (signal: keyof typeof SIGNAL_CODES) => (): void => {
    const at = now();
    if (at - first < ONE_GESTURE) return;
    if (first > 0) {
      say('Stopped immediately: running jobs were returned to the queue.');
      void halt()
        .catch(() => say('They could not be returned: their leases will expire.'))
        .finally(() => exit(SIGNAL_CODES[signal]));
      return;
    }
    first = at;
    say(
      'Stopping: running jobs have 30 s to finish, then return to the queue. Press Ctrl+C again to stop immediately.',
    );
    stop().then(
      () => exit(0),
      (error: unknown) => {
        say(`The stop failed: ${String(error)}`);
        exit(1);
      },
    );
  };
  on.on('SIGINT', heard('SIGINT'));
  on.on('SIGTERM', heard('SIGTERM'));
}
