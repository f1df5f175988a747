// The job whose processor runs here and now, as far as its asynchronous calls reach.
import { AsyncLocalStorage } from 'node:async_hooks';

export const runningJob = new AsyncLocalStorage<string>();
