// Finds a queue that stands still, plugins that failed and processes that are silent.
import type { Monitor } from '@phraseworks/sdk';
import { badSince, type Finding, good } from './cause.ts';
import { type AlertsConfig, ms } from './config.ts';
import type { Look } from './findings.ts';

interface SystemParts {
  config: AlertsConfig;
  monitor: Pick<Monitor, 'snapshot'>;
  iso: (ms: number) => string;
}

export function createSystemFindings({ config, monitor, iso }: SystemParts) {
  /** When each fault was first seen here. A fault must last before it counts. */
  const seen = new Map<string, number>();
  let finished: number | null = null;
  let movedAt = 0;

  return async ({ now, causes }: Look): Promise<Finding[]> => {
    const { shared } = await monitor.snapshot();
    if (!shared) return [];
    const faults = new Map<string, Finding>();
    const add = (rule: Finding['rule'], subject: string, since: number, what: string) =>
      faults.set(`${rule}/${subject}`, badSince(rule, subject, since, { what }));

    const lasting = new Map<string, number>();
    const lasts = (key: string): number => {
      const since = seen.get(key) ?? now;
      lasting.set(key, since);
      return since;
    };
    const isOver = (since: number): boolean => now - since >= ms(config.system.after);
    for (const { hostname, live, plugins, id } of shared.nodes) {
      const host = hostname ?? id;
      if (!live) {
        const since = lasts(`node/${host}`);
        if (isOver(since))
          add('node', host, since, `A process on ${host} ended without a stop, hangs, or cannot reach the database.`);
        continue;
      }
      for (const [plugin, state] of Object.entries(plugins)) {
        if (state !== 'failed') continue;
        const since = lasts(`plugin/${plugin}`);
        if (isOver(since)) add('plugin', plugin, since, `The plugin ${plugin} has failed in a process on ${host}.`);
      }
    }
    seen.clear();
    for (const [key, since] of lasting) seen.set(key, since);

    // Old jobs are deleted, so only a rise shows that jobs finish.
    let ended = 0;
    for (const { completed = 0, failed = 0, cancelled = 0 } of shared.jobs.values())
      ended += completed + failed + cancelled;
    if (finished === null || ended > finished) movedAt = now;
    finished = ended;
    const oldest = Math.min(...shared.oldest.values());
    if (now - Math.max(oldest, movedAt) >= ms(config.system.still) && oldest < now)
      add(
        'queue',
        'queue',
        oldest,
        `Jobs have waited since ${iso(oldest)}, and none has finished since ${iso(movedAt)}.`,
      );

    const open = [...causes.values()].filter((row) => row.open && ['queue', 'plugin', 'node'].includes(row.rule));
    const over = open.filter((row) => !faults.has(`${row.rule}/${row.subject}`));
    // Another process may have seen it before this one: until it lasts here, too, this one does not call it over.
    const known = over.filter((row) => !seen.has(`${row.rule}/${row.subject}`));
    return [...faults.values(), ...known.map(({ rule, subject, detail }) => good(rule, subject, JSON.parse(detail)))];
  };
}
