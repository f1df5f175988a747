// Runs work under two signals: its own and the plugin's. AbortSignal.any would leave something behind in the long-lived one each time.

export type Stoppable = <T>(own: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** `work` is given a signal that fires with `own` or with `common`, for the same reason; throws that reason when it has fired already. */
export function createStoppable(common: AbortSignal): Stoppable {
  const running = new Set<AbortController>();
  const stopAll = () => {
    for (const controller of running) controller.abort(common.reason);
  };
  common.addEventListener('abort', stopAll, { once: true });

  return async (own, work) => {
    common.throwIfAborted();
    own?.throwIfAborted();
    const controller = new AbortController();
    const stop = () => controller.abort(own?.reason);
    running.add(controller);
    own?.addEventListener('abort', stop, { once: true });
    try {
      return await work(controller.signal);
    } finally {
      running.delete(controller);
      own?.removeEventListener('abort', stop);
    }
  };
}
