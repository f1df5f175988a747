// A timer that is set repeatedly.

/** Calls `call` after `delay` milliseconds and drops the earlier call; without `call`, it only drops that. */
export type Timer = (delay?: number, call?: () => void) => void;

export function createTimer(): Timer {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (delay, call) => {
    clearTimeout(timer);
    if (call) timer = setTimeout(call, delay);
  };
}
