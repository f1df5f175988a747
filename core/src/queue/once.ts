// `job.once()`: side effects that must not repeat, each recorded by a receipt before and after it.
import { JobsError, type OnceOptions, type RunningJob } from '@phraseworks/sdk';
import type { Awaitable } from '@phraseworks/sdk/host';
import { errorText } from '@phraseworks/sdk/host';
import type { ClaimToken } from '../job/record.ts';
import { type Clock, pause } from '../kernel/clock.ts';
import { decodeJson, encodeJson } from '../kernel/json.ts';
import type { ReceiptStore } from '../store/receipt-store.ts';

const LIMITS = { bytes: 64 * 1_024, depth: 20 };
const LONGEST_KEY = 191;
/** Milliseconds between two tries to store a receipt while the database is unavailable. */
const WRITE_AGAIN = 500;

interface Holder {
  readonly claim: ClaimToken;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly ended: boolean;
  /** Logs a line with the job; resolves when it is stored. */
  warn(message: string): Promise<void>;
}

export class Once {
  readonly #holder: Holder;
  readonly #needs;
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(
    holder: Holder,
    needs: {
      receipts: ReceiptStore;
      clock: Clock;
    },
  ) {
    this.#holder = holder;
    this.#needs = needs;
  }

  /** Bound, so that `const { once } = job` works. */
  readonly call: RunningJob['once'] = async <T>(
    key: string,
    fn: () => Awaitable<T>,
    options: OnceOptions = {},
  ): Promise<T> => {
    const again = checked(key, fn, options);
    this.#needs.receipts.inside.refuse('once() was called');
    let run = this.#running.get(key) as Promise<T> | undefined;
    if (!run) {
      run = this.#run(key, fn, again).finally(() => this.#running.delete(key));
      this.#running.set(key, run);
    }
    return run;
  };

  async #run<T>(key: string, fn: () => Awaitable<T>, again: boolean): Promise<T> {
    const { receipts, clock } = this.#needs;
    const { claim, attempt } = this.#holder;
    const over = this.#refusal();
    if (over) throw over;
    const found = await receipts.open({ claim, key, attempt, at: clock.now(), again });
    if (found.state === 'lost') throw lostClaim();
    if (found.state === 'done') return answerOf(found.result);
    if (found.left !== null) await this.#uncertain(key, found.left, again);
    const drop = () => this.#retryWrite(() => receipts.drop(claim, key)).catch(() => {});
    const late = this.#refusal();
    if (late) {
      // Keep a receipt that was uncertain before.
      if (found.left === null) await drop();
      throw late;
    }
    let answer: unknown;
    try {
      answer = await fn();
    } catch (error) {
      await drop();
      throw error;
    }
    const encoded = encodeJson(answer, 'result', LIMITS);
    const result = encoded.ok ? encoded.text : null;
    if (!(await this.#retryWrite(() => receipts.close(claim, key, result, clock.now())))) throw lostClaim();
    return answerOf(result, encoded.ok ? '' : `${encoded.error.path} ${encoded.error.message}; `);
  }

  /** Why nothing may start now; undefined if it may. */
  #refusal(): unknown {
    const { signal, ended } = this.#holder;
    if (signal.aborted) return signal.reason;
    return ended
      ? new JobsError('INVALID_STATE', 'once(): the attempt has ended. Await once() before the processor returns.')
      : undefined;
  }

  /** Logs the uncertainty first; throws if the effect must not be repeated. */
  async #uncertain(key: string, left: number, again: boolean): Promise<void> {
    const what = `receipt "${key}": attempt ${left} ended before it recorded whether this was done`;
    await this.#holder.warn(`${what}; ${again ? 'doing it again' : 'not repeating it'}`);
    if (again) return;
    const error = new JobsError(
      'INVALID_STATE',
      `Attempt ${left} ended during a step that must not repeat, so it is unknown whether the step was done. Check it (see the receipts of the job), and retry the job if it was not done.`,
    );
    throw Object.assign(error, { retryable: false });
  }

  /** Repeats the write while the database is unavailable, until the attempt is aborted. */
  async #retryWrite<A>(write: () => Promise<A>): Promise<A> {
    const { signal } = this.#holder;
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof JobsError && error.code === 'UNAVAILABLE') || signal.aborted) throw error;
        await pause(this.#needs.clock, WRITE_AGAIN, signal);
      }
    }
  }
}

/** Throws `INVALID_DATA`; returns whether to repeat an uncertain effect. */
function checked(key: unknown, fn: unknown, { uncertain = 'again' }: OnceOptions): boolean {
  const errors: { path: string; message: string }[] = [];
  if (typeof key !== 'string' || key.length === 0 || key.length > LONGEST_KEY || /[\p{Cc}\p{Cs}]/u.test(key))
    errors.push({
      path: 'key',
      message: `must be 1 to ${LONGEST_KEY} characters of valid Unicode without control characters`,
    });
  if (typeof fn !== 'function') errors.push({ path: 'fn', message: 'must be a function' });
  if (uncertain !== 'again' && uncertain !== 'fail')
    errors.push({ path: 'uncertain', message: "must be 'again' or 'fail'" });
  if (errors.length === 0) return uncertain === 'again';
  const list = errors.map(errorText).join('; ');
  throw Object.assign(new JobsError('INVALID_DATA', `once(): ${list}`, { errors }), { retryable: false });
}

/** The stored answer, from this attempt or an earlier one. Throws `INVALID_DATA` if it could not be stored. */
function answerOf<T>(result: string | null, why = ''): T {
  const value = result === null ? undefined : decodeJson(result);
  if (value !== undefined) return value as T;
  const message = `once(): ${why}the answer could not be stored. The effect is done and will not be repeated.`;
  throw Object.assign(new JobsError('INVALID_DATA', message), { retryable: false });
}

const lostClaim = (): JobsError =>
  new JobsError('INVALID_STATE', 'once(): this attempt lost its job; another attempt may have started.');
