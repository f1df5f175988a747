// How many worker processes are wanted, from the arguments of the program.
import { JobsError } from '@phraseworks/sdk';

const MOST = 64;

export interface WorkersOption {
  /** Worker processes beside this one; 0: this process works itself. */
  workers: number;
  /** This process works, too. */
  withWorker: boolean;
}

/** `--workers N` or `--workers=N`, and `--with-worker`; other arguments are left alone. Throws `INVALID_CONFIG`. */
export function workersOption(args: readonly string[]): WorkersOption {
  const at = args.findIndex((arg) => arg === '--workers' || arg.startsWith('--workers='));
  const withWorker = args.includes('--with-worker');
  if (at < 0) return { workers: 0, withWorker };
  const arg = args[at] ?? '';
  const text = arg === '--workers' ? args[at + 1] : arg.slice('--workers='.length);
  const workers = Number(text);
  if (text === undefined || text.trim() === '' || !Number.isInteger(workers) || workers < 0 || workers > MOST) {
    throw new JobsError('INVALID_CONFIG', `--workers must be a whole number from 0 to ${MOST}.`);
  }
  return { workers, withWorker };
}
