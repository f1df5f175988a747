// The attempt whose processor runs here and now, as far as its asynchronous calls reach, and the errors that nothing caught there.
import { AsyncLocalStorage } from 'node:async_hooks';

interface Running {
  id: string;
  /** An error that Node would end the process for. */
  uncaught(error: unknown): void;
  /** Its processor ends the process. */
  exits(code: number): void;
}

export const runningJob = new AsyncLocalStorage<Running>();

let followers = 0;

/** Charges errors that nothing caught to the attempt that they belong to. All others are left to Node and to the host as they are. */
export function followUncaught(): () => void {
  followers += 1;
  if (followers === 1) process.on('uncaughtExceptionMonitor', heard).on('exit', exiting);
  let isOn = true;
  return () => {
    if (!isOn) return;
    isOn = false;
    followers -= 1;
    if (followers === 0) process.off('uncaughtExceptionMonitor', heard).off('exit', exiting);
  };
}

function heard(error: unknown): void {
  const running = runningJob.getStore();
  // The host has taken over all errors.
  if (!running || process.hasUncaughtExceptionCaptureCallback()) return;
  // Node looks for a handler right after the monitor. A lasting one would swallow the errors of the host.
  process.once('uncaughtException', () => {});
  running.uncaught(error);
}

const exiting = (code: number): void => runningJob.getStore()?.exits(code);
