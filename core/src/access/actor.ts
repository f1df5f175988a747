// Who asks the services: the caller of a request, whose rights the site decides, or the site itself.
import {
  type About,
  type Action,
  type Actor,
  fits,
  type Grant,
  JobsError,
  type SiteWork,
  type Where,
  type Who,
} from '@phraseworks/sdk';

export class Caller implements Actor {
  /** The site itself may do everything. */
  readonly isSite: boolean = false;
  /** May it do everything with every job, so that nothing is left to ask? */
  readonly mayAll: boolean = false;
  /** Does the audit log have its changes? */
  readonly isAudited: boolean = true;
  readonly #ask: (action: Action) => Promise<Grant>;
  readonly #signal: () => AbortSignal;
  readonly #answers = new Map<Action, Promise<Grant>>();
  #user: string | undefined;
  /** How often somebody asked for a right. */
  asked = 0;

  /** `ask`: what the site decides. Throws `UNAUTHORIZED`, `FORBIDDEN`. `user`: who it is, where that is known before. */
  constructor(ask: (action: Action) => Promise<Grant>, signal: () => AbortSignal, user?: string) {
    this.#ask = ask;
    this.#signal = signal;
    this.#user = user;
  }

  get user(): string | undefined {
    return this.#user;
  }

  get signal(): AbortSignal {
    return this.#signal();
  }

  async require(action: Action, about?: About): Promise<Grant> {
    this.asked += 1;
    const answer = this.#answers.get(action) ?? this.#ask(action);
    this.#answers.set(action, answer);
    const grant = await answer;
    this.#user = grant.user;
    if (!grant.where || about === 'some') return grant;
    // A filter of jobs also applies to a single job, and refuses what is not about jobs.
    if (about?.type === undefined || !fits(grant.where, about)) throw forbidden();
    return grant;
  }

  may(action: Action, about?: About): Promise<boolean> {
    return isAllowed(this.require(action, about));
  }
}

/** False if it was refused. */
export const isAllowed = (asked: Promise<unknown>): Promise<boolean> =>
  asked.then(
    () => true,
    (error: unknown) => {
      if (error instanceof JobsError) return false;
      throw error;
    },
  );

export const forbidden = (): JobsError => new JobsError('FORBIDDEN', "You don't have permission to do this.");

const never = new AbortController().signal;

/** Of a task that the site does for somebody. */
type Limits = { where?: Where | undefined; without?: readonly string[] | undefined };

/** The site itself, or a person who works on its machine: their name goes into the audit log. */
export class SiteItself extends Caller {
  override readonly isSite = true;
  override readonly isAudited: boolean;
  override readonly mayAll: boolean;
  readonly #without: readonly string[];

  constructor(user?: string, { where, without = [], isAudited = true }: Limits & { isAudited?: boolean } = {}) {
    super(
      async () => ({ user, where }),
      () => never,
      user,
    );
    this.isAudited = isAudited;
    this.mayAll = where === undefined && without.length === 0;
    this.#without = without;
  }

  override require(action: Action, about?: About): Promise<Grant> {
    const isClosed = typeof about === 'object' && this.#without.includes(about.type ?? '');
    return isClosed ? Promise.reject(forbidden()) : super.require(action, about);
  }
}

const SYSTEM = new SiteItself(undefined, { isAudited: false });

/** Throws `INVALID_DATA` if it does not say who asks: a forgotten argument must not be the site. */
export function actorOf(who: Who): Caller {
  if (who === 'system') return SYSTEM;
  if (who instanceof Caller) return who;
  if (isSiteWork(who)) return new SiteItself(who.by, { where: who.where, without: who.without, isAudited: false });
  throw new JobsError('INVALID_DATA', 'Say who asks: pass the actor that ctx.authorize() gives, or "system".', {
    errors: [{ path: 'who', message: 'must be an actor or "system"' }],
  });
}

const isSiteWork = (who: unknown): who is SiteWork =>
  typeof who === 'object' && who !== null && 'by' in who && typeof who.by === 'string';
