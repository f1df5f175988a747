// `job.once()`: side effects that must not repeat, each recorded by a receipt before and after it.
import { type FieldError, JobsError, type OnceOptions, type RunningJob } from '@phraseworks/sdk';
import { type Awaitable, errorText, type Jsonified, Waiting } from '@phraseworks/sdk/host';
import type { ClaimToken } from '../job/record.ts';
import { type Clock, pause } from '../kernel/clock.ts';
import { decodeJson, encodeJson } from '../kernel/json.ts';
import type { Decision, ReceiptStore, StoredStep } from '../store/receipt-store.ts';
import type { Attempt } from './attempt.ts';

const LIMITS = { bytes: 64 * 1_024, depth: 20 };
const LONGEST_KEY = 191;
/** Milliseconds between two tries to store a receipt while the database is unavailable. */
const WRITE_AGAIN = 500;

/** Throws what keeps a step from starting now. */
export function refuseStep({ signal, ended, waits: [wait] }: Attempt, name: string): void {
  if (signal.aborted) throw signal.reason;
  if (wait) throw waitingFor(wait.key);
  if (ended)
    throw new JobsError('INVALID_STATE', `${name}: the attempt has ended. Await it before the processor returns.`);
}

export const waitingFor = (key: string): Waiting => new Waiting(`the job waits at the step "${key}"`);

/** What a step has become. Throws if the attempt has lost its job, or if the key is that of another kind of step. */
export function found<T>(name: string, step: T | 'used' | undefined): T {
  if (step === undefined) throw lostClaim(name);
  if (step === 'used') refuseMistakes(name, [{ path: 'key', message: 'is that of another step of this job' }]);
  return step as T;
}

/** Repeats the write while the database is unavailable, until the attempt is aborted. */
export async function retryWrite<A>({ signal }: Attempt, clock: Clock, write: () => Promise<A>): Promise<A> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      const isAway = error instanceof JobsError && error.code === 'UNAVAILABLE';
      if (!isAway || signal.aborted) throw error;
      await pause(clock, WRITE_AGAIN, signal);
    }
  }
}

/** The `once()` of an attempt. */
export function onceOf(
  job: Attempt,
  { receipts, clock }: { receipts: ReceiptStore; clock: Clock },
): RunningJob['once'] {
  const { claim } = job;
  const running = new Map<string, Promise<unknown>>();
  // A transaction does not outlive its connection.
  const stored = <A>(write: () => Promise<A>): Promise<A> =>
    receipts.isJoined(claim) ? write() : retryWrite(job, clock, write);

  /** Logs the uncertainty first; throws if the effect must not be repeated. */
  async function uncertain(key: string, left: number, again: boolean): Promise<void> {
    const what = `receipt "${key}": attempt ${left} ended before it recorded whether this was done`;
    const logged = job.warn(`${what}; ${again ? 'doing it again' : 'not repeating it'}`);
    // Inside the attempt's transaction, the line waits for its end.
    await (receipts.isJoined(claim) ? logged.catch(() => {}) : logged);
    if (again) return;
    const error = new JobsError(
      'INVALID_STATE',
      `Attempt ${left} ended during a step that must not repeat, so it is unknown whether the step was done. Check it (see the receipts of the job), and retry the job if it was not done.`,
    );
    throw Object.assign(error, { retryable: false });
  }

  async function run<T>(key: string, fn: () => Awaitable<T>, again: boolean): Promise<Jsonified<T>> {
    refuseStep(job, 'once()');
    const step = found('once()', await receipts.step(job, key, (receipt) => opened(receipt, claim, again)));
    if ('done' in step) return answerOf(step.done);
    if (step.left !== null) await uncertain(key, step.left, again);
    const drop = () => stored(() => receipts.drop(claim, key)).catch(() => {});
    try {
      refuseStep(job, 'once()');
    } catch (late) {
      // Keep a receipt that was uncertain before.
      if (step.left === null) await drop();
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
    if (!(await stored(() => receipts.close(claim, key, result)))) throw lostClaim('once()');
    return answerOf(result, encoded.ok ? '' : `${encoded.error.path} ${encoded.error.message}; `);
  }

  return async <T>(key: string, fn: () => Awaitable<T>, options: OnceOptions = {}): Promise<Jsonified<T>> => {
    const again = checked(key, fn, options);
    let answer = running.get(key) as Promise<Jsonified<T>> | undefined;
    if (!answer) {
      answer = run(key, fn, again).finally(() => running.delete(key));
      running.set(key, answer);
    }
    return answer;
  };
}

type Opened = { done: string | null } | { left: number | null } | 'used';

/** The effect was done, or is about to be tried: `left` is the attempt that left it open before. */
function opened(receipt: StoredStep | null, { run }: ClaimToken, again: boolean): Decision<Opened> {
  if (receipt?.state === 'done') return { answer: { done: receipt.result } };
  // Nothing waits for a signal that was sent with the key of this step.
  const isFree = receipt === null || receipt.state === 'sent';
  if (!isFree && receipt.state !== 'pending') return { answer: 'used' };
  const left = isFree || receipt.run === run ? null : receipt.attempt;
  return left !== null && !again ? { answer: { left } } : { answer: { left }, becomes: { state: 'pending' } };
}

/** Throws `INVALID_DATA`; returns whether to repeat an uncertain effect. */
function checked(key: unknown, fn: unknown, { uncertain = 'again' }: OnceOptions): boolean {
  const errors = keyErrors(key);
  if (typeof fn !== 'function') errors.push({ path: 'fn', message: 'must be a function' });
  if (uncertain !== 'again' && uncertain !== 'fail')
    errors.push({ path: 'uncertain', message: "must be 'again' or 'fail'" });
  refuseMistakes('once()', errors);
  return uncertain === 'again';
}

/** What is wrong with the key of a step. */
export const keyErrors = (key: unknown): FieldError[] =>
  typeof key !== 'string' || key.length === 0 || key.length > LONGEST_KEY || /[\p{Cc}\p{Cs}]/u.test(key)
    ? [
        {
          path: 'key',
          message: `must be 1 to ${LONGEST_KEY} characters of valid Unicode without control characters`,
        },
      ]
    : [];

/** Throws `INVALID_DATA`, which no retry changes, if there are any. */
export function refuseMistakes(name: string, errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const list = errors.map(errorText).join('; ');
  throw Object.assign(new JobsError('INVALID_DATA', `${name}: ${list}`, { errors }), { retryable: false });
}

/** The stored answer, from this attempt or an earlier one. Throws `INVALID_DATA` if it could not be stored. */
function answerOf<T>(result: string | null, why = ''): T {
  const value = result === null ? undefined : decodeJson(result);
  if (value !== undefined) return value as T;
  const message = `once(): ${why}the answer could not be stored. The effect is done and will not be repeated.`;
  throw Object.assign(new JobsError('INVALID_DATA', message), { retryable: false });
}

export const lostClaim = (name: string): JobsError =>
  new JobsError('INVALID_STATE', `${name}: this attempt lost its job; another attempt may have started.`);
