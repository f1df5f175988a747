// Figures of a stranger: a plugin that provides the service from events, in memory.
import { definePlugin, type FailureReason, Figures, type JobEvent, type JobFigures } from '@phraseworks/sdk';
import { parseInstant } from '@phraseworks/sdk/zone';
import type { Outcome } from '../src/figures/read.ts';

/** How an attempt ended. */
export interface Fact {
  jobId: string;
  type: string;
  outcome: Outcome;
  /** Milliseconds since 1970. */
  at: number;
  wait: number;
  ran: number;
  reason: string | undefined;
}

const quantile = (all: readonly number[], share: number): number | null =>
  all.toSorted((a, b) => a - b)[Math.ceil(all.length * share) - 1] ?? null;

function summed(facts: readonly Fact[]): JobFigures {
  const n = (wanted: Outcome) => facts.filter(({ outcome }) => outcome === wanted).length;
  const waits = facts.map(({ wait }) => wait);
  const runs = facts.filter(({ outcome }) => outcome !== 'cancelled').map(({ ran }) => ran);
  return {
    added: 0,
    completed: n('completed'),
    failed: n('failed'),
    cancelled: n('cancelled'),
    retried: n('retried'),
    waitP50: quantile(waits, 0.5),
    waitP95: quantile(waits, 0.95),
    runP50: quantile(runs, 0.5),
    runP95: quantile(runs, 0.95),
  };
}

function reasonsOf(facts: readonly Fact[]): FailureReason[] {
  const reasons = new Map<string, FailureReason>();
  for (const { type, reason, outcome } of facts) {
    if (reason === undefined) continue;
    const row = reasons.get(reason) ?? { type, reason, failed: 0, retried: 0 };
    reasons.set(reason, row);
    row[outcome === 'failed' ? 'failed' : 'retried'] += 1;
  }
  return [...reasons.values()].sort((a, b) => b.failed - a.failed || b.retried - a.retried);
}

export const figuresOf = (all: () => readonly Fact[], since: number): Figures => ({
  async between(times) {
    const within = (from = 0, to = 0) => all().filter(({ at }) => at >= from && at < to);
    const facts = within(times[0], times.at(-1));
    const types = [...new Set(facts.map(({ type }) => type))];
    return {
      since,
      stretches: times.slice(1).map((to, n) => summed(within(times[n], to))),
      total: summed(facts),
      byType: new Map(types.map((name) => [name, summed(facts.filter(({ type }) => type === name))])),
      reasons: reasonsOf(facts).slice(0, 10),
      slowest: facts
        .toSorted((a, b) => b.ran - a.ran)
        .slice(0, 10)
        .map(({ jobId, type, ran, at }) => ({ jobId, type, about: '', ms: ran, endedAt: at })),
    };
  },
});

const ENDS = { 'job:completed': 'completed', 'job:failed': 'failed', 'job:retry': 'retried' } as const;

/** Needs nothing but the hooks of the SDK. */
export function figuresPlugin() {
  const facts: Fact[] = [];
  const note = (outcome: Outcome, { jobId, jobType, at, wait = 0, duration = 0, error }: JobEvent) =>
    facts.push({ jobId, type: jobType, outcome, at: parseInstant(at) ?? 0, wait, ran: duration, reason: error });
  return definePlugin({
    name: 'figures',
    provides: [Figures],
    init(ctx) {
      for (const [name, outcome] of Object.entries(ENDS) as [keyof typeof ENDS, Outcome][])
        ctx.addAction(name, ({ event }) => void note(outcome, event));
      ctx.provide(
        Figures,
        figuresOf(() => facts, ctx.clock.now()),
      );
    },
  });
}
