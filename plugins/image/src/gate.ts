// The processor cores that all image jobs of a host share: the first to come works, the others wait in line.

/** One picture more at a time gains little and takes its memory. */
const MOST = 3;

export interface Share {
  /** Pictures worked on at the same time. */
  slots: number;
  /** Threads that the library may use for each. */
  threads: number;
}

/** Never more than `cores` threads in all. */
export function shareOf(cores: number): Share {
  const slots = Math.min(cores, MOST);
  return { slots, threads: Math.floor(cores / slots) };
}

export interface Gate {
  /** Runs `work` when a slot is free. Where the signal has fired by then it is passed over, and the reason thrown. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function gateOf(slots: number): Gate {
  let free = slots;
  const line: (() => void)[] = [];

  return {
    async run(signal, work) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => line.push(resolve));
      try {
        signal.throwIfAborted();
        return await work();
      } finally {
        // The slot goes straight to the next in line, so that no other can come in between.
        const next = line.shift();
        if (next) next();
        else free++;
      }
    },
  };
}
