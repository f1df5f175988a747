// Who calls the command line, as the log of who did what names it.
import { userInfo } from 'node:os';

/** `cli:ada`; `cli` alone where the system has no name for its user, as in some containers. */
export function commandLineUser(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    return 'cli';
  }
}
