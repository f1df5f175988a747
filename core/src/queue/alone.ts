// A suspect runs alone: when its turn comes, how long this process waits for that, and how long the others then have theirs.
import type { Cancel, Clock } from '../kernel/clock.ts';
import type { ClaimedJob } from './record.ts';

/** How long the process claims nothing and waits for what runs to end, in milliseconds; doubled each time that it was not enough. */
const FIRST_PATIENCE = 5_000;
const LONGEST_PATIENCE = 3_600_000;

interface AloneDeps {
  clock: Clock;
  /** Nothing runs here, waits here for its turn, or waits to be stored. */
  isEmpty: () => boolean;
  /** Resolves when no claim is under way. */
  committed: () => Promise<void>;
  begin: (job: ClaimedJob) => void;
  /** Back to the queue: for any process at once, or for none before `until`. */
  giveBack: (job: ClaimedJob, until?: number) => void;
  /** The process may claim again. */
  onOver: () => void;
}

export class Alone {
  readonly #deps: AloneDeps;
  /** The one suspect that has this process, or waits for it. */
  #job: ClaimedJob | null = null;
  #runs = false;
  #since = 0;
  #patience = FIRST_PATIENCE;
  /** By the steady clock: until then the process is there for the others. */
  #othersUntil = Number.NEGATIVE_INFINITY;
  #timer: Cancel | null = null;

  constructor(deps: AloneDeps) {
    this.#deps = deps;
  }

  /** A suspect runs here, or is to: nothing else may begin. */
  get isOn(): boolean {
    return this.#job !== null;
  }

  /** The suspect that waits for its turn. */
  get waiting(): ClaimedJob | null {
    return this.#runs ? null : this.#job;
  }

  /** A suspect that this process has claimed. */
  accept(job: ClaimedJob): void {
    const { clock, giveBack } = this.#deps;
    const others = this.#othersUntil - clock.steady();
    if (this.#job) giveBack(job);
    else if (others > 0) giveBack(job, clock.now() + others);
    else {
      this.#job = job;
      this.#since = clock.steady();
      this.#timer = clock.after(this.#patience, () => this.#giveUp());
    }
  }

  /** Something has ended or is stored: it may be the suspect's turn, or be over. */
  look(): void {
    const job = this.#job;
    if (!job || !this.#deps.isEmpty()) return;
    if (this.#runs) this.#over();
    else void this.#deps.committed().then(() => this.#begin(job));
  }

  /** The suspect that waits goes back, where it is of these. */
  drop(which: (job: ClaimedJob) => boolean): void {
    const job = this.waiting;
    if (!job || !which(job)) return;
    this.#clear();
    this.#deps.giveBack(job);
  }

  #begin(job: ClaimedJob): void {
    if (this.#job !== job || this.#runs || !this.#deps.isEmpty()) return;
    this.#timer?.();
    this.#timer = null;
    this.#runs = true;
    this.#patience = FIRST_PATIENCE;
    this.#deps.begin(job);
  }

  /** The others get as much time as the suspect has taken from them. */
  #over(): void {
    const { clock } = this.#deps;
    this.#othersUntil = clock.steady() + (clock.steady() - this.#since);
    this.#clear();
  }

  /** What runs here takes longer than it was waited for: it goes on, and next time there is more patience. */
  #giveUp(): void {
    const { clock, giveBack } = this.#deps;
    const job = this.#job as ClaimedJob;
    this.#othersUntil = clock.steady() + this.#patience;
    giveBack(job, clock.now() + this.#patience);
    this.#patience = Math.min(this.#patience * 2, LONGEST_PATIENCE);
    this.#clear();
  }

  #clear(): void {
    this.#timer?.();
    this.#timer = null;
    this.#job = null;
    this.#runs = false;
    this.#deps.onOver();
  }
}
