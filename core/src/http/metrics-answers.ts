// The shape of figures over time, for the description of the API.
import { z } from 'zod';
import { when } from './job-answers.ts';

const count = z.int().min(0);
const milliseconds = z.number().min(0).nullable().describe('Milliseconds; null where no attempt ended.');

export const MetricsHistoryAnswer = z.strictObject({
  from: when,
  to: when,
  step: z.int().min(60_000).describe('Milliseconds from one point to the next.'),
  points: z.array(
    z.strictObject({
      at: when,
      added: count,
      completed: count,
      failed: count,
      cancelled: count,
      retried: count,
      waitP50: milliseconds,
      waitP95: milliseconds,
      runP50: milliseconds,
      runP95: milliseconds,
      pending: count.describe('The most that were seen waiting.'),
    }),
  ),
  types: z.array(z.string()).describe('The types that have figures.'),
});
