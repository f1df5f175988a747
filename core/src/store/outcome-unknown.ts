// A commit whose answer was lost: it may be stored or not.
import { JobsError } from '@phraseworks/sdk';

export class OutcomeUnknown extends JobsError {
  constructor(cause: unknown) {
    super(
      'UNAVAILABLE',
      'The connection to the database was lost during the commit: it may have been stored or not. With an idempotencyKey the same job can be added again safely.',
      { retryAfter: 5, cause },
    );
  }
}
