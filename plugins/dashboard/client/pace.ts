// Keeps something from happening too often: one at a time, with a pause between two, and longer ones while it fails.

export interface PaceOptions {
  /** Answers false when it failed, and is to be tried again by itself. */
  run(): Promise<boolean>;
  /** Milliseconds between the starts of two runs. */
  every: number;
  /** The longest pause after failures. */
  most: number;
  now(): number;
}

export interface Pace {
  /** Soon, once: what is asked while it waits or runs is done together. */
  ask(): void;
  /** Nothing happens until `go`; what is asked meanwhile is done then. */
  hold(): void;
  go(): void;
}

export function createPace({ run, every, most, now }: PaceOptions): Pace {
  let asked = false;
  let held = false;
  let running = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let next = Number.NEGATIVE_INFINITY;
  let failures = 0;

  const plan = (): void => {
    if (!asked || held || running || timer !== undefined) return;
    timer = setTimeout(start, Math.max(0, next - now()));
  };
  const start = async (): Promise<void> => {
    timer = undefined;
    asked = false;
    running = true;
    next = now() + every;
    const isDone = await run().catch(() => false);
    running = false;
    failures = isDone ? 0 : failures + 1;
    if (!isDone) {
      asked = true;
      next = now() + Math.min(most, every * 2 ** failures);
    }
    plan();
  };
  return {
    ask: () => {
      asked = true;
      plan();
    },
    hold: () => {
      held = true;
      clearTimeout(timer);
      timer = undefined;
    },
    go: () => {
      held = false;
      plan();
    },
  };
}
