// Exposes the figures in Prometheus's text format with prom-client, which is loaded with the first request.
import { JobsError } from '@phraseworks/sdk';
import type { Metric } from 'prom-client';
import { type Family, familiesOf, type State } from './families.ts';
import type { ProcessFigures } from './process-figures.ts';

type PromClient = typeof import('prom-client');

/** What a scraper gets. */
interface Exposition {
  contentType: string;
  text: string;
}

/** Reads the current figures once for all simultaneous requests. Throws `UNAVAILABLE` without prom-client. */
export function createExposition(
  take: () => Promise<State>,
  own: ProcessFigures,
  load = () => import('prom-client'),
): () => Promise<Exposition> {
  const apart = new Set<string>();
  let reading: Promise<Exposition> | undefined;
  const read = async (): Promise<Exposition> => {
    const library = await load().catch((cause: unknown) => {
      throw new JobsError(
        'UNAVAILABLE',
        'Figures for Prometheus need the package prom-client: npm install prom-client',
        { cause },
      );
    });
    return exposed(familiesOf(await take(), own, apart), library);
  };
  return () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

/** Uses a separate registry, so that the host's own figures stay separate. */
async function exposed(families: readonly Family[], { Registry, Gauge, Counter }: PromClient): Promise<Exposition> {
  const registry = new Registry();
  const registers = [registry];
  for (const family of families) {
    const { name, help, type } = family;
    if (type === 'histogram') {
      registry.registerMetric({ name, get: async () => linesOf(family) } as unknown as Metric);
      continue;
    }
    const labelNames = Object.keys(family.values[0]?.labels ?? {});
    if (type === 'counter') {
      const counter = new Counter({ name, help, labelNames, registers });
      for (const { labels, value } of family.values) counter.inc(labels, value);
    } else {
      const gauge = new Gauge({ name, help, labelNames, registers });
      for (const { labels, value } of family.values) gauge.set(labels, value);
    }
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** The library's histogram takes single durations only, but these were counted earlier, by several processes. */
function linesOf({ name, help, values }: Extract<Family, { type: 'histogram' }>) {
  const lines = values.flatMap(({ labels, buckets, count, sum }) => [
    ...buckets.map((bucket) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: String(bucket.le) },
      value: bucket.count,
    })),
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]);
  return { name, help, type: 'histogram', values: lines };
}
