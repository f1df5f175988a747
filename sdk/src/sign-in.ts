// How callers sign in on a site whose host does not decide it with `authorize`: a service that a plugin provides.
import type { Action, Verdict } from './access.ts';
import type { Awaitable } from './processor.ts';
import { token } from './token.ts';

export interface SignInRequest {
  /** As the browser or script sent it. */
  request: Request;
  /** A page of another site made the browser send it: what the browser adds by itself, such as cookies, must not count. */
  isForeign: boolean;
}

export interface SignIn {
  /** Tells a refused caller how to sign in; text between backticks is code. */
  readonly hint: string;
  /** What this caller may do. A throw denies. */
  verdict(from: SignInRequest, action: Action): Awaitable<Verdict>;
  /**
   * Answers GET and POST to `/sign-in` and `/sign-out` below the mount point, for everybody.
   * `next`: where to go on after signing in, relative to these addresses.
   */
  answer(from: SignInRequest & { next: string }): Awaitable<Response>;
  /** An address that signs in once within an hour, for the start screen of the site whose page is at `page`. */
  link?(page: string): Awaitable<string>;
}
/** `createJobs({ authorize })` wins over it. Without either, every request is refused. */
export const SignIn = token<SignIn>('site/sign-in');
